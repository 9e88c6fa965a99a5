import * as z from 'zod/mini';
import type { MachineRecord, SharedVariant } from './machineRecord.ts';

const count = z.int().check(z.gte(0));
const text = (longest: number): z.ZodMiniString =>
  z.string().check(z.maxLength(longest), z.regex(/^[\w .()+-]*$/));

const variant: z.ZodMiniType<SharedVariant> = z.object({
  model: z.string().check(z.maxLength(200), z.regex(/^[\w.-]+\/[\w.-]+$/)),
  quantisation: z.exactOptional(text(24)),
  bytes: z.exactOptional(count),
  projector: z.exactOptional(z.literal(true)),
});

const machine: z.ZodMiniType<MachineRecord> = z.object({
  system: z.catch(z.enum(['linux', 'macos', 'windows', 'other']), 'other'),
  memory: z.exactOptional(count),
  gpu: z.exactOptional(z.object({ name: text(60), memory: count })),
  installed: z.array(variant).check(z.maxLength(1_000)),
  more: z.exactOptional(count),
  sources: z.array(z.string().check(z.maxLength(100), z.regex(/^(?:hf:[\w.-]+|jan:v\d|cortex)$/))),
  week: count,
  seal: text(64),
});

/** What another machine tells of itself; undefined if it cannot be read. */
export function readMachine(value: unknown): MachineRecord | undefined {
  return machine.safeParse(value).data;
}
