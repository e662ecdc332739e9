/** Each has a topic of its own. An alert says it in its label `severity`. */
export type Severity = 'critical' | 'warning' | 'info';

/** The severity of alerts that tell programs something, not people: a watchdog always fires. */
export const FOR_PROGRAMS = 'none';
