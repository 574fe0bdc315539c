import { runAction } from './core.js';
await runAction('cache');
