/** Each has a topic of its own. An alert says it in its label `severity`. */
export type Severity = 'critical' | 'warning' | 'info';
