export { memberWebhookPath, WEBHOOK_PATHS } from './paths.ts';
export type { WebhookPath } from './paths.ts';
export type { Judge, ReviewedWrite, ReviewOrigin } from './types.ts';
