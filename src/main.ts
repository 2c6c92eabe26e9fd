import { requireNode } from './runtime.ts';

requireNode();

const { serve } = await import('./serve.ts');
await serve();
