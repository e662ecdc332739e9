/** How long a session lasts: a working day and a little. Cognito's refresh token ends then, too. */
export const SESSION_LASTS_MS = 12 * 3_600_000;
