/** What this machine can run models on. Memory is in bytes. Plain data. */
export interface Hardware {
  /** Main memory, all of it. */
  readonly memory: number;
  /** Those with memory of their own; none where the processor's graphics share the main memory. */
  readonly gpus: readonly Gpu[];
  /** The graphics use the main memory at full speed, as on Apple silicon. */
  readonly unified: boolean;
  /** What the user said in the settings in place of what was measured. */
  readonly said: readonly ('memory' | 'gpuMemory')[];
}

export interface Gpu {
  readonly name: string;
  readonly memory: number;
}

/** What the user says about their machine, in bytes; absent: as measured. */
export interface HardwareSettings {
  readonly memory?: number;
  readonly gpuMemory?: number;
}

/** How much of the machine models may take, in bytes. Estimates: the rest of the system needs some. */
export interface MemoryBudget {
  /** At the full speed of the graphics; 0 without any that count. */
  readonly gpu: number;
  /** On the processor, or together with it. */
  readonly main: number;
  /** If nothing else ran. */
  readonly most: number;
}

/** The drivers and the screen take some of a graphics card's memory. */
const GPU_SHARE = 0.94;
/** What the system and the editor leave of the main memory. */
const MAIN_SHARE = 0.75;
/** How much macOS lets the graphics have by itself: two thirds, of more than 36 GiB three quarters. */
const UNIFIED_SHARE = { small: 2 / 3, large: 3 / 4, from: 36 * 1024 ** 3 };
/** Never more than this: beyond it the system itself swaps. */
const MOST_SHARE = 0.92;

/** The hardware with what the user said in place of what was measured. */
export function withSettings(measured: Hardware, settings: HardwareSettings): Hardware {
  const { memory = measured.memory, gpuMemory } = settings;
  const said: Hardware['said'][number][] = [];
  if (settings.memory !== undefined) said.push('memory');
  if (gpuMemory === undefined) return { ...measured, memory, said };
  said.push('gpuMemory');
  const name = measured.gpus[0]?.name ?? 'GPU';
  const gpus = gpuMemory > 0 ? [{ name, memory: gpuMemory }] : [];
  return { memory, gpus, unified: false, said };
}

/** What models may take of this hardware. Several cards count as one: runtimes split layers. */
export function budgetOf({ memory, gpus, unified }: Hardware): MemoryBudget {
  const main = memory * MAIN_SHARE;
  const most = memory * MOST_SHARE;
  if (unified) {
    const { small, large, from } = UNIFIED_SHARE;
    return { gpu: memory * (memory > from ? large : small), main, most };
  }
  const gpu = gpus.reduce((sum, one) => sum + one.memory, 0) * GPU_SHARE;
  return { gpu, main, most };
}
