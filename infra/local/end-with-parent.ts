/**
 * Loaded into the agent before its own code. However this stack ends, even by `kill -9`, the channel
 * to it closes with it: then the agent ends too, rather than be a second one after the next start.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// A listener alone would keep the agent running for ever.
process.channel?.unref();
