import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export type CatalogueRecord = Readonly<Record<string, unknown>>;

const FIRST_TIME = 1_770_728_121;
const DAY = 86_400;
const AUTHORS = ['alpha', 'cortexso', 'Delta-2', 'zeta.ai'];
const QUANTISATIONS = ['Q4_K_M', 'Q8_0', 'IQ4_XS', 'UD-Q4_K_XL'];

/** Writes the versions of a small catalogue in the form of Jan's, `<sequence>-<unix>.json.gz`. */
export function makeHistory(folder: string, random: () => number): number {
  const versions = scripted(random);
  mkdirSync(folder, { recursive: true });
  for (const [index, records] of versions.entries()) {
    const sequence = String(index + 1).padStart(3, '0');
    const time = FIRST_TIME + index * DAY + Math.floor(random() * 1_000);
    const text = JSON.stringify(records.map((record) => reordered(record, random)));
    writeFileSync(join(folder, `${sequence}-${time}.json.gz`), gzipSync(text));
  }
  return versions.length;
}

/** Versions in which everything happens that a catalogue has been seen to do. */
function scripted(random: () => number): CatalogueRecord[][] {
  const first = AUTHORS.flatMap((author) =>
    Array.from({ length: 5 }, (_, index) => ggufRecord(author, `model-${index}`, random)),
  );
  first.push(mlxRecord('mlx-folk', 'Kokoro-82M-bf16'), ggufRecord('once', 'alone', random));
  const [vanishing, swaying, twin] = first as [CatalogueRecord, CatalogueRecord, CatalogueRecord];
  const without = (records: CatalogueRecord[], ...gone: CatalogueRecord[]): CatalogueRecord[] =>
    records.filter((one) => !gone.some((other) => isSame(one, other)));
  const counted = (record: CatalogueRecord): CatalogueRecord => ({
    ...record,
    downloads: Number(record['downloads']) + Math.floor(random() * 100),
  });
  const swayed = { ...swaying, description: 'For a day another.' };

  const second = [...first.map(counted), ggufRecord('alpha', 'new', random)];
  // Only counters move, one model is new, and one entry cannot be read.
  const published = [...second, { developer: 'nameless' }];
  // One vanishes, one changes, one stands there twice, an author has nothing left.
  const third = [
    { ...twin, description: 'The first of two does not count.' },
    ...without(second, vanishing, swaying, mlxRecord('once', 'alone')),
    swayed,
  ];
  // The one is back as it was, the other as it was before.
  const fourth = without(second, mlxRecord('once', 'alone'));
  // The author is back; several change at once, so that they bear the same date.
  const fifth = [
    ...without(second, mlxRecord('mlx-folk', 'Kokoro-82M-bf16')).map((record, index) =>
      index % 3 === 0 ? { ...record, description: 'Changed with the others.' } : record,
    ),
    { ...mlxRecord('mlx-folk', 'Kokoro-82M-bf16'), tools: true },
  ];
  // Whatever happens on any other day.
  const sixth = fifth
    .filter(() => random() > 0.1)
    .map((record) => (random() < 0.3 ? counted(record) : record))
    .map((record) => (random() < 0.2 ? { ...record, tools: record['tools'] !== true } : record));
  return [first, published, third, fourth, fifth, sixth];
}

function isSame(a: CatalogueRecord, b: CatalogueRecord): boolean {
  return a['developer'] === b['developer'] && a['model_name'] === b['model_name'];
}

function ggufRecord(developer: string, name: string, random: () => number): CatalogueRecord {
  const base = `https://huggingface.co/${developer}/${name}/resolve/main`;
  const quants = QUANTISATIONS.filter(() => random() < 0.7).map((quantisation, index) => ({
    model_id: `${name}-${quantisation}`,
    path: `${base}/${name}-${quantisation}.gguf${index === 1 ? '?download=true' : ''}`,
    file_size: `${(random() * 9 + 1).toFixed(1)} GB`,
  }));
  const projector = { path: `${base}/mmproj-F16.gguf`, file_size: '600.0 MB' };
  return {
    model_name: name,
    developer,
    downloads: Math.floor(random() * 10_000),
    createdAt: random() < 0.5 ? '2025-06-25T10:00:22Z' : '2025-06-25T10:00:22.000Z',
    tools: random() < 0.5,
    library_name: 'gguf',
    num_quants: quants.length + 1,
    quants: [{ path: `${base}/${name}-F16.gguf`, file_size: '16.0 GB' }, ...quants],
    mmproj_models: random() < 0.3 ? [projector] : [],
    readme: random() < 0.1 ? null : `${base}/README.md`,
    description: 'Ünï·code, "quotes"\u2028 and \u{1f600}',
    // Keys that an object keeps in an order of its own.
    extra: { '10': 1, '9': 2, b: [{ z: 1, a: 2 }], a: null },
  };
}

function mlxRecord(developer: string, name: string): CatalogueRecord {
  const base = `https://huggingface.co/${developer}/${name}/resolve/main`;
  return {
    model_name: name,
    developer,
    downloads: 5,
    createdAt: '2025-01-02T03:04:05.000Z',
    tools: false,
    library_name: 'mlx',
    num_safetensors: 1,
    safetensors_files: [{ path: `${base}/model.safetensors`, file_size: '1.2 GB' }],
    config: `${base}/config.json`,
    description: '',
  };
}

/** The same record with its keys in another order, which means nothing. */
function reordered(record: CatalogueRecord, random: () => number): CatalogueRecord {
  const entries = Object.entries(record).map((entry) => ({ entry, at: random() }));
  return Object.fromEntries(entries.sort((a, b) => a.at - b.at).map(({ entry }) => entry));
}
