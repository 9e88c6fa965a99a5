import assert from 'node:assert/strict';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MEBIBYTE = 1024 * 1024;
/**
 * Memory that reading may take whatever the input, in bytes, and for each byte of the input, with
 * all that is let go of again: a list of a thousand wrong entries is a thousand errors.
 */
const FREE_MEMORY = 4 * MEBIBYTE;
const MEMORY_PER_BYTE = 8_000;
/**
 * Processor time for one input, in readings of a MiB of JSON, and for each MiB of the input: small
 * inputs have taken up to ten, and YAML takes hundreds for each MiB.
 */
const FREE_READINGS = 25;
const READINGS_PER_MEBIBYTE = 600;
/** What other work in this process costs now and then, such as collecting garbage, is not twice so. */
const ATTEMPTS = 3;

/** What reading one input took. */
interface Cost {
  /** Microseconds of this thread. */
  readonly time: number;
  /** Bytes. */
  readonly memory: number;
}

/** Tells how much one input may cost, measured by what reading JSON costs in this process. */
export class Bounds {
  /** Microseconds that reading a MiB of JSON takes. */
  readonly #reading = Math.min(...Array.from({ length: 5 }, readingTime));

  /**
   * Does the work, and once more where it cost too much: by chance that happens only once.
   * @param size bytes of the input
   * @throws AssertionError if it costs more time or memory than its input is worth, each time
   */
  async hold(size: number, work: () => void | Promise<void>): Promise<void> {
    const mostTime = this.#reading * (FREE_READINGS + (READINGS_PER_MEBIBYTE * size) / MEBIBYTE);
    const mostMemory = FREE_MEMORY + MEMORY_PER_BYTE * size;
    const costs: Cost[] = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // What the attempt before has left would be given back in this one, and hide what it takes.
      if (attempt > 0) collectGarbage();
      const cost = await costOf(work);
      if (cost.time <= mostTime && cost.memory <= mostMemory) return;
      costs.push(cost);
    }
    const least = (one: keyof Cost): number => Math.min(...costs.map((cost) => cost[one]));
    assert.fail(
      `${size} bytes cost ${least('time')} µs (at most ${Math.round(mostTime)}) and ` +
        `${least('memory')} bytes of memory (at most ${mostMemory})`,
    );
  }
}

async function costOf(work: () => void | Promise<void>): Promise<Cost> {
  const memory = memoryInUse();
  const started = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(started);
  return { time: user + system, memory: memoryInUse() - memory };
}

/** Less than was taken where some was given back meanwhile. */
function memoryInUse(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function readingTime(): number {
  const text = JSON.stringify(Array.from({ length: 16_384 }, (_, index) => ({ index, name: 'a' })));
  const started = process.cpuUsage();
  for (let read = 0; read < MEBIBYTE; read += text.length) JSON.parse(text);
  const { user, system } = process.cpuUsage(started);
  return user + system;
}
