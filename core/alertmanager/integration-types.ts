/**
 * What each kind of integration is told in the configuration, defaults of `global` filled in. Texts
 * marked "template" are Go templates over a notification; absent ones take the default text.
 */
export type IntegrationSettings =
  | SnsSettings
  | WebhookSettings
  | SlackSettings
  | TeamsSettings
  | PagerdutySettings
  | NtfySettings;

/** `sns_configs`. One of topic, phone and target is given. */
export interface SnsSettings {
  readonly kind: 'sns';
  readonly target:
    | { readonly topicArn: string }
    | { readonly phoneNumber: string }
    /** A mobile device's platform endpoint. */
    | { readonly targetArn: string };
  /** Absent: AWS' own for the region. */
  readonly apiUrl?: string;
  /** Absent: the function's own. */
  readonly region?: string;
  /** Template. */
  readonly subject?: string;
  /** Template; replaces the email's text only. */
  readonly message?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** `webhook_configs`: Alertmanager's payload, version 4. */
export interface WebhookSettings {
  readonly kind: 'webhook';
  readonly url: string;
  /** 0: all. */
  readonly maxAlerts: number;
  readonly timeoutMs: number;
  readonly http: HttpSettings;
}

/** `slack_configs`: an incoming webhook, or `chat.postMessage` with a token in `http`. */
export interface SlackSettings {
  readonly kind: 'slack';
  readonly apiUrl: string;
  readonly channel?: string;
  readonly username?: string;
  readonly iconEmoji?: string;
  readonly iconUrl?: string;
  /** Templates. */
  readonly color?: string;
  readonly title?: string;
  readonly titleLink?: string;
  readonly pretext?: string;
  readonly text?: string;
  readonly fallback?: string;
  readonly http: HttpSettings;
}

/** `msteams_configs` (connector card) and `msteamsv2_configs` (adaptive card, a Power Automate flow). */
export interface TeamsSettings {
  readonly kind: 'msteams' | 'msteamsv2';
  readonly webhookUrl: string;
  /** Templates. */
  readonly title?: string;
  readonly summary?: string;
  readonly text?: string;
  readonly http: HttpSettings;
}

/** `pagerduty_configs` with a `routing_key`: Events API v2. */
export interface PagerdutySettings {
  readonly kind: 'pagerduty';
  readonly url: string;
  readonly routingKey: string;
  /** Templates. */
  readonly client?: string;
  readonly clientUrl?: string;
  readonly description?: string;
  readonly severity?: string;
  readonly class?: string;
  readonly component?: string;
  readonly group?: string;
  readonly source?: string;
  readonly details: Readonly<Record<string, string>>;
  readonly http: HttpSettings;
}

/** `ntfy_configs`: ours, unknown to Alertmanager. */
export interface NtfySettings {
  readonly kind: 'ntfy';
  /** Of the server, without the topic. */
  readonly url: string;
  readonly topic: string;
  /** Templates. */
  readonly title?: string;
  readonly message?: string;
  /** 1 to 5; absent: by severity. */
  readonly priority?: number;
  readonly http: HttpSettings;
}

/** The part of `http_config` that is supported. */
export interface HttpSettings {
  readonly authorization?: { readonly type: string; readonly credentials: string };
  readonly basicAuth?: { readonly username: string; readonly password: string };
  readonly followRedirects: boolean;
  readonly headers: Readonly<Record<string, string>>;
}
