import { parentPort } from 'node:worker_threads';
import dynalite from 'dynalite';
import { LOOPBACK, listen } from '../../infra/local/listen.ts';

/** The embedded table, in memory and in a thread of its own: its work is none of the functions'. */
const port = await listen(dynalite({ createTableMs: 0 }), 0);
if (!port.ok) throw new Error(port.error.message);
parentPort?.postMessage(`http://${LOOPBACK}:${port.value}`);
