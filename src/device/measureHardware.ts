import { z } from 'zod';
import type { Gpu, Hardware } from './hardware.ts';

/** What is asked of the library that knows how every system tells of its hardware. */
export interface SystemInformation {
  graphics(): Promise<unknown>;
  cpu(): Promise<unknown>;
}

const MEBIBYTE = 1024 ** 2;
/** Less is what a processor's graphics put aside for the screen. */
const LEAST_GPU = 1024 * MEBIBYTE;

const cpuSchema = z.object({ manufacturer: z.string().catch('') });
const graphicsSchema = z.object({
  controllers: z.array(
    z.object({
      vendor: z.string().catch(''),
      model: z.string().catch(''),
      /** MiB; `memoryTotal` is what the driver says, `vram` what the bus does. */
      vram: z.number().nullish().catch(undefined),
      memoryTotal: z.number().nullish().catch(undefined),
      vramDynamic: z.boolean().catch(false),
    }),
  ),
});

/**
 * Reads the hardware. What cannot be found out counts as not there: a machine without graphics
 * runs everything on its processor.
 * @param memory bytes of main memory
 */
export async function measureHardware(
  memory: number,
  system: SystemInformation,
): Promise<Hardware> {
  const [cpu, graphics] = await Promise.all([
    system.cpu().catch(() => undefined),
    system.graphics().catch(() => undefined),
  ]);
  const unified = /^apple/i.test(cpuSchema.safeParse(cpu).data?.manufacturer ?? '');
  const controllers = graphicsSchema.safeParse(graphics).data?.controllers ?? [];
  const gpus = controllers.flatMap((one): Gpu[] => {
    const bytes = (one.memoryTotal ?? one.vram ?? 0) * MEBIBYTE;
    const isOwn = !one.vramDynamic && bytes >= LEAST_GPU;
    return isOwn ? [{ name: one.model || one.vendor, memory: bytes }] : [];
  });
  return { memory, gpus: unified ? [] : gpus, unified, said: [] };
}
