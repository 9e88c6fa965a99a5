import { config } from 'zod/mini';

// Compiled checks need `eval`, which the policy of the page forbids: not even tried, it is reported.
config({ jitless: true });
