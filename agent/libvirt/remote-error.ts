import { decodeXdr } from './xdr.ts';

const STRING_MAX_BYTES = 4 << 20; // REMOTE_STRING_MAX of remote_protocol.x

/**
 * libvirt's message for an error it answered with. Its other fields (code, domain, level, and
 * strings repeated in the message) are left unread. Source: virnetprotocol.x, virNetMessageError.
 */
export function decodeRemoteError(payload: Buffer): string {
  const message = decodeXdr(payload, (reader) => {
    reader.int(); // code
    reader.int(); // domain: the part of libvirt it comes from
    const text = reader.optional((r) => r.string(STRING_MAX_BYTES));
    reader.rest();
    return text;
  });
  if (!message.ok) return `an error that could not be read (${message.error.message})`;
  return message.value ?? 'an error without a message';
}
