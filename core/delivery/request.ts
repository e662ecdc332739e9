import type { Templates } from './template.ts';

/** What shapes a message beside the notification. */
export interface DeliveryContext {
  /** Where people and amtool reach this Hypervigil; `''` when nobody said. */
  readonly externalUrl: string;
  readonly templates: Templates;
  /** For templates that ask for the time. */
  readonly nowMs: number;
  /** SHA-256 of the text's UTF-8, in hex. */
  readonly sha256Hex: (text: string) => string;
}

/** What is to be sent to one integration; a message is one request. */
export type DeliveryRequest = HttpDelivery | SnsDelivery;

export interface HttpDelivery {
  readonly kind: 'http';
  readonly method: 'POST';
  /** May hold a secret. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly followRedirects: boolean;
  /** Texts that no log may show, the URL aside. */
  readonly secrets: readonly string[];
  /** For services that answer 200 to what they refuse: what is wrong with an answer of status 2xx. */
  readonly judge?: (body: string) => Refusal | undefined;
}

/** The service's own words, and whether the same request may be taken later. */
export interface Refusal {
  readonly reason: string;
  readonly retry: boolean;
}

/** The input of SNS' Publish. One of topic, phone and target is given. */
export interface SnsDelivery {
  readonly kind: 'sns';
  readonly apiUrl?: string;
  readonly region?: string;
  readonly input: SnsPublish;
}

export interface SnsPublish {
  readonly TopicArn?: string;
  readonly PhoneNumber?: string;
  readonly TargetArn?: string;
  readonly Subject?: string;
  readonly Message: string;
  readonly MessageStructure?: 'json';
  readonly MessageAttributes: Readonly<Record<string, SnsAttribute>>;
  /** Only for FIFO topics. */
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

export interface SnsAttribute {
  readonly DataType: 'String' | 'String.Array';
  readonly StringValue: string;
}
