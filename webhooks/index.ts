export { DEFAULT_WEBHOOK_LIMITS } from './limits.ts';
export type { WebhookLimits } from './limits.ts';
export { memberWebhookPath, parseWebhookUrl, WEBHOOK_PATHS } from './paths.ts';
export type { WebhookPath, WebhookTarget } from './paths.ts';
export { CONVERTIBLE_KINDS } from './conversion/convertible-kinds.ts';
export { createWebhooks } from './server.ts';
export type { Webhooks, WebhooksDeps } from './server.ts';
export type {
  IdentifyMember,
  Judge,
  Logger,
  NotSynced,
  ReviewDecision,
  ReviewedWrite,
  ReviewOrigin,
  WebhookCallers,
} from './types.ts';
