import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Draw } from './draw.ts';

/** Below the home folder of a user of Linux. */
export const JAN = '.local/share/Jan/data';
export const CORTEX = '.local/share/cortexcpp';

/** What must become of something that lies in a runtime's folder. */
export type Expected =
  /** A row without a problem, of so many bytes of weights. */
  | { readonly is: 'usable'; readonly id: string; readonly weights: number }
  /** A row of its own that says what is wrong. */
  | { readonly is: 'broken'; readonly id: string }
  /** No row: it is no model, or not one yet. */
  | { readonly is: 'nothing' };

/** Something that lies in the folder of Jan or of Cortex, under a name that nothing else has. */
export interface Layout {
  readonly name: string;
  readonly lay: (at: { home: string; id: string; draw: Draw }) => Expected;
}

type Content = number | string;

function write(home: string, path: string, content: Content): void {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'number' ? Buffer.alloc(content, 1) : content);
}

/** A model of Jan, by its `model.yml` and the sizes of its files. */
function janModel(
  home: string,
  id: string,
  { description = {}, files = { 'model.gguf': 10 } }: JanModel = {},
): string {
  const folder = `llamacpp/models/${id}`;
  const text =
    typeof description === 'string'
      ? description
      : stringify({ model_path: `${folder}/model.gguf`, name: id, ...description });
  write(home, `${JAN}/${folder}/model.yml`, text);
  for (const [name, content] of Object.entries(files)) {
    write(home, `${JAN}/${folder}/${name}`, content);
  }
  return folder;
}

interface JanModel {
  readonly description?: object | string;
  readonly files?: Readonly<Record<string, Content>>;
}

/** Texts that a torn write, a crash or another program leaves in place of YAML. */
const NO_DESCRIPTIONS = [
  ...[
    '',
    '{',
    '- 1\n- 2',
    'name: x',
    'model_path:\n  a: 1\n',
    '\u0000\u0001\ufffd',
    'model_path: "x',
  ],
  ...['a: &a [1]\nmodel_path: *a', `model_path: x\n# ${'x'.repeat(300_000)}`],
];

const janLayouts: readonly Layout[] = [
  {
    name: 'Jan: a description that is none',
    lay: ({ home, id, draw }) => {
      janModel(home, id, { description: draw.pick(NO_DESCRIPTIONS) });
      return { is: 'broken', id };
    },
  },
  {
    name: 'Jan: weights gone, or somewhere that is not',
    lay: ({ home, id, draw }) => {
      const path = draw.pick(['nowhere.gguf', '../../../../x.gguf', '/no/such.gguf', '.', 'a\0b']);
      janModel(home, id, { description: { model_path: path } });
      return { is: 'broken', id };
    },
  },
  {
    name: 'Jan: weights shorter than they should be',
    lay: ({ home, id }) => {
      janModel(home, id, { description: { model_size_bytes: 11 } });
      return { is: 'broken', id };
    },
  },
  {
    name: 'Jan: projector gone',
    lay: ({ home, id }) => {
      const mmproj = `llamacpp/models/${id}/mmproj.gguf`;
      janModel(home, id, { description: { mmproj_path: mmproj } });
      return { is: 'broken', id };
    },
  },
  {
    name: 'Jan: parts of a split model missing',
    lay: ({ home, id, draw }) => {
      const part = (n: number): string => `Big-0000${n}-of-00003.gguf`;
      janModel(home, id, {
        description: { model_path: `llamacpp/models/${id}/${part(1)}` },
        files: { [part(1)]: 4, [part(draw.pick([2, 3]))]: 4 },
      });
      return { is: 'broken', id };
    },
  },
  {
    name: 'Jan: a link that leads nowhere',
    lay: ({ home, id }) => {
      const folder = janModel(home, id, { files: {} });
      symlinkSync(join(home, 'unplugged.gguf'), join(home, JAN, folder, 'model.gguf'));
      return { is: 'broken', id };
    },
  },
  {
    name: 'Jan: a model that links to where it is kept',
    lay: ({ home, id }) => {
      const folder = janModel(home, id, { files: {} });
      write(home, `kept/${id}.gguf`, 6);
      symlinkSync(join(home, `kept/${id}.gguf`), join(home, JAN, folder, 'model.gguf'));
      return { is: 'usable', id, weights: 6 };
    },
  },
  {
    name: 'Jan: an import from elsewhere',
    lay: ({ home, id }) => {
      write(home, `mine/${id}.gguf`, 7);
      const path = join(home, `mine/${id}.gguf`);
      janModel(home, id, { description: { model_path: path }, files: {} });
      return { is: 'usable', id, weights: 7 };
    },
  },
  {
    name: 'Jan: values that make no sense',
    lay: ({ home, id }) => {
      const description = {
        size_bytes: 'many',
        model_size_bytes: -1,
        model_sha256: 42,
        name: null,
      };
      janModel(home, id, { description });
      return { is: 'usable', id, weights: 10 };
    },
  },
  {
    name: 'Jan: a download under way',
    lay: ({ home, id }) => {
      write(home, `${JAN}/llamacpp/models/${id}/model.gguf.tmp`, 4);
      write(home, `${JAN}/llamacpp/models/${id}/model.gguf.url`, 'https://example.com/x');
      return { is: 'nothing' };
    },
  },
  {
    name: 'Jan: weights without a description',
    lay: ({ home, id }) => {
      write(home, `${JAN}/llamacpp/models/${id}/model.gguf`, 4);
      return { is: 'nothing' };
    },
  },
];

/** A model of Cortex by another author: its YAML lies beside its weights. */
function cortexModel(
  home: string,
  id: string,
  yaml: string,
  weights?: number,
): Expected & { is: 'broken' } {
  const stem = `${CORTEX}/models/huggingface.co/acme/${id}/model`;
  write(home, `${stem}.yml`, yaml);
  if (weights !== undefined) write(home, `${stem}.gguf`, weights);
  return { is: 'broken', id: `acme:${id}:model.gguf` };
}

const cortexLayouts: readonly Layout[] = [
  {
    name: 'Cortex: a description that is none',
    lay: ({ home, id, draw }) =>
      cortexModel(
        home,
        id,
        draw.pick(NO_DESCRIPTIONS.filter((text) => !/^(?:name|model_path|a):/.test(text))),
        10,
      ),
  },
  {
    name: 'Cortex: weights gone, or somewhere that is not',
    lay: ({ home, id, draw }) => {
      const path = draw.pick(['models/nowhere.gguf', '/no/such.gguf', '../../x.gguf']);
      return cortexModel(home, id, stringify({ files: [path] }));
    },
  },
  {
    name: 'Cortex: projector gone',
    lay: ({ home, id }) =>
      cortexModel(home, id, stringify({ mmproj: 'models/huggingface.co/none.gguf' }), 10),
  },
  {
    name: 'Cortex: a model of its own author',
    lay: ({ home, id }) => {
      const folder = `models/cortex.so/${id}/1b-gguf`;
      const description = { model: `${id}:1b-gguf`, files: [`${folder}/model.gguf`] };
      write(home, `${CORTEX}/${folder}/model.yml`, stringify(description));
      write(home, `${CORTEX}/${folder}/metadata.yml`, '{');
      write(home, `${CORTEX}/${folder}/model.gguf`, 12);
      return { is: 'usable', id: `${id}:1b-gguf`, weights: 12 };
    },
  },
  {
    name: 'Cortex: an import from elsewhere',
    lay: ({ home, id }) => {
      write(home, `mine/${id}.gguf`, 9);
      const description = { model: id, files: [join(home, `mine/${id}.gguf`)] };
      write(home, `${CORTEX}/models/imported/${id}.yml`, stringify(description));
      return { is: 'usable', id, weights: 9 };
    },
  },
  {
    name: 'Cortex: a model of a service on the Internet',
    lay: ({ home, id }) => {
      write(home, `${CORTEX}/models/remote/${id}.yml`, stringify({ model: id }));
      return { is: 'nothing' };
    },
  },
  {
    name: 'Cortex: a download that broke off',
    lay: ({ home, id }) => {
      write(home, `${CORTEX}/models/huggingface.co/acme/${id}/model.gguf`, 3);
      return { is: 'nothing' };
    },
  },
];

/** Every partial or odd layout that is known of, and the usual ones between them. */
export const LAYOUTS: readonly Layout[] = [
  ...janLayouts,
  ...cortexLayouts,
  {
    name: 'Jan: a sound model',
    lay: ({ home, id, draw }) => {
      const size = draw.between(1, 5_000);
      janModel(home, id, {
        files: { 'model.gguf': size },
        description: { model_size_bytes: size },
      });
      return { is: 'usable', id, weights: size };
    },
  },
  {
    name: 'Cortex: a sound model',
    lay: ({ home, id, draw }) => {
      const size = draw.between(1, 5_000);
      return { ...cortexModel(home, id, 'engine: llama-cpp', size), is: 'usable', weights: size };
    },
  },
];

/** All that lies below a folder, as a text that tells any two states apart. */
export function stateOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(folder, name);
    const { mode, size, mtimeMs } = lstatSync(path);
    const isLink = lstatSync(path).isSymbolicLink();
    hash.update(JSON.stringify([name, mode, size, mtimeMs, isLink ? readlinkSync(path) : '']));
  }
  return hash.digest('hex');
}
