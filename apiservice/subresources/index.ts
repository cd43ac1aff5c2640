export { createSubresourceHandler } from './handler.ts';
