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
