/** The paths of the webhooks, as webhook configurations and CustomResourceDefinitions name them. */
export const WEBHOOK_PATHS = {
  safety: '/validate/safety',
  advice: '/validate/advice',
  convert: '/convert',
} as const;

export type WebhookPath = keyof typeof WEBHOOK_PATHS;

/** The path of a webhook on the hub that a member asks by `url`; it names the member and proves nothing. */
export function memberWebhookPath(member: string, webhook: 'safety' | 'advice'): string {
  return `/members/${member}${WEBHOOK_PATHS[webhook]}`;
}

/** Which webhook is asked, and which member the path names. */
export interface WebhookTarget {
  readonly webhook: WebhookPath;
  readonly member: string | undefined;
}

const TARGETS: ReadonlyMap<string, WebhookTarget> = new Map(
  (['safety', 'advice', 'convert'] as const).map((webhook) => [WEBHOOK_PATHS[webhook], { webhook, member: undefined }]),
);
/** Names of members are DNS labels or subdomains; nothing else is looked up or repeated. */
const MEMBER_PATH = /^\/members\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(\/validate\/(?:safety|advice))$/;

/** The webhook of a request's URL, without regard to its query; undefined for any other path. */
export function parseWebhookUrl(url: string): WebhookTarget | undefined {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  const target = TARGETS.get(path);
  if (target !== undefined) return target;
  const [, member, webhookPath = ''] = MEMBER_PATH.exec(path) ?? [];
  const webhook = TARGETS.get(webhookPath)?.webhook;
  return member === undefined || webhook === undefined ? undefined : { webhook, member };
}
