import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { CasClient } from '../../../src/download/differential/casClient.ts';
import { readTensorTable } from '../../../src/download/differential/ggufTable.ts';
import { parseJournal } from '../../../src/download/file/journal.ts';
import { DownloadError } from '../../../src/download/errors.ts';
import { parseReceipt } from '../../../src/download/receipt.ts';
import { safePaths } from '../../../src/download/safePath.ts';
import { parseModelFile } from '../../../src/jan/modelFile.ts';
import { eventData } from '../../../src/runtime/chat/eventStream.ts';
import { discoverCortex } from '../../../src/sync/gateway/cortexDiscovery.ts';
import { HuggingFaceDetails } from '../../../src/sync/gateway/huggingFaceDetails.ts';
import { listBody } from '../../../src/sync/gateway/publishedBody.ts';
import { parseSizeText } from '../../../src/sync/gateway/sizeText.ts';
import { nextPage } from '../../../src/sync/http/link.ts';
import { quotaReports } from '../../../src/sync/http/quota.ts';
import { parseQuery, printQuery } from '../../../src/sync/query/parseQuery.ts';
import { groupVariants, withEstimates } from '../../../src/sync/variants.ts';
import { resolveLink } from '../../../src/views/details/links.ts';
import { pastedModel } from '../../../src/views/search/pastedModel.ts';
import { isWebAddress } from '../../../src/views/webAddress.ts';
import { Bounds } from '../../fuzz/bounds.ts';
import { cannedSession, cannedTransport, CLOCK, ENDPOINT, NO_LOGGER } from '../../fuzz/answers.ts';

const UNKNOWN = { sureness: 'unknown' } as const;
const MOST = Number.MAX_SAFE_INTEGER;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('What fuzzing has found', () => {
  describe('Sizes', () => {
    it('of a file tree that are no whole number drop their entry', async () => {
      const body = json(
        [1.5, 5e-324, 2 ** 64, 7].map((size) => ({ type: 'file', path: `${size}`, size })),
      );
      const details = new HuggingFaceDetails(ENDPOINT, NO_LOGGER);
      const fetched = await details.files({
        http: cannedSession({ body }),
        id: 'a/b',
        revision: 'main',
      });
      assert.ok(!fetched.unchanged);
      assert.deepEqual(
        fetched.value.files.map(({ path }) => path),
        ['7'],
      );
    });

    it('are unknown where they are too large to be counted', () => {
      assert.deepEqual(parseSizeText(`${'9'.repeat(30)} TB`), UNKNOWN);
      const size = { sureness: 'exact', bytes: MOST } as const;
      const parts = [1, 2].map((part) => ({ path: `m-Q4_0-0000${part}-of-00002.gguf`, size }));
      assert.deepEqual(groupVariants(parts)[0]?.size, UNKNOWN);
      const variants = groupVariants([{ path: 'm-F32.gguf', size: UNKNOWN }]);
      assert.deepEqual(withEstimates(variants, MOST)[0]?.size, UNKNOWN);
    });
  });

  it('Times that no date can have drop a line of a published catalogue', () => {
    const lines = [8.64e15, 8.64e15 + 1].map((createdAt, index) => ({
      id: `a/m${index}`,
      createdAt,
    }));
    const body = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const listing = listBody(body, 'published:x', { manifest: new Map(), logger: NO_LOGGER }, {});
    assert.deepEqual([...listing.manifest.keys()], ['a/m0']);
  });

  describe('A link to the next page', () => {
    const base = new URL('https://hub.example/api/models?limit=2');
    const search = (header: string): string | undefined => nextPage(header, base)?.search;

    it('is found behind quoted commas and other parameters', () => {
      assert.equal(search('<https://hub.example/?a=1>; title="a, b"; rel="next"'), '?a=1');
      assert.equal(search('<?a=1>;rel="prev",<?a=2>; REL="last Next"'), '?a=2');
      assert.equal(search('<?a=1,2;3>; rel = next'), '?a=1,2;3');
    });

    it('is none of another relation, or one in quotes', () => {
      assert.equal(search('<?a=1>; rel="nextish"'), undefined);
      assert.equal(search('<?a=1>; x-rel="next"'), undefined);
      assert.equal(search('<?a=1>; title="; rel=next"'), undefined);
    });

    it('is read in a time that grows with its length', async () => {
      const header = '<a>; '.repeat(20_000);
      await new Bounds().hold(header.length, () => void search(header));
    });
  });

  it('Quotas are whole numbers, of buckets with any name', () => {
    const headers = {
      ratelimit: `"a;r=9";r=${'9'.repeat(400)};t=1, "b;r=9";r=3;t=${'9'.repeat(400)}`,
      'ratelimit-policy': '"fixed";"b;r=9";q=7;w=300',
    };
    assert.deepEqual(quotaReports(headers), [
      { bucket: 'b;r=9', remaining: 3, seconds: 300, quota: 7 },
    ]);
  });

  it('A GGUF header takes no memory for tensors that it has no room for', async () => {
    const head = Buffer.alloc(40);
    head.write('GGUF');
    head.writeUInt32LE(3, 4);
    head.writeBigUInt64LE(1_000_000n, 8);
    await new Bounds().hold(head.length, () => {
      assert.equal(readTensorTable(head, 2 ** 40), 'incomplete');
      assert.equal(readTensorTable(head, head.length), undefined);
    });
  });

  it('Leave to ask storage that never ends is none', async () => {
    const body = json({ accessToken: 't', exp: 1e308, casUrl: 'https://cas.invalid' });
    const send = cannedTransport([{ body }]);
    const cas = new CasClient({ send, tokenFor: () => undefined, userAgent: 'x', clock: CLOCK });
    const source = { endpoint: ENDPOINT, model: 'a/b', revision: 'main' };
    await assert.rejects(cas.token(source, new AbortController().signal), { kind: 'badAnswer' });
  });

  describe('An address whose host is far too long', () => {
    // In capital letters, because the parser spells them first, and fails there.
    const host = `huggingface.co${'_'.repeat(20_000)}.S`;

    it('names no model', () => {
      for (const text of [`https://${host}`, `${host}/a/b`, `ollama run ${host}/a/b`])
        assert.equal(pastedModel(text, 'https://huggingface.co'), undefined);
    });

    it('is none of the web, and none that a README leads to', () => {
      assert.equal(isWebAddress(`https://${host}`), false);
      assert.equal(resolveLink(`https://${host}`, 'https://huggingface.co/a/b'), undefined);
    });
  });

  describe('YAML', () => {
    it('of thousands of keys is read in a time that grows with its length', async () => {
      const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: b\n`).join('');
      await new Bounds().hold(keys.length, () => {
        assert.equal(parseModelFile(`model_path: a.gguf\n${keys}`).model_path, 'a.gguf');
      });
    });

    for (const [opening, closing] of [
      ...[
        ['? ', ''],
        ['? - ', ''],
        ['- ? ', ''],
        ['[? ', ''],
        ['{a, ? ', ''],
        [': ? ', ''],
      ],
      ...[
        ['[', ': ]'],
        ['[', ']: '],
        ['[{', '}]'],
        ['{[', ']}'],
        ['{{', '}}'],
        ['{&a ', ': }'],
      ],
    ] as const) {
      it(`of keys within keys ("${opening}", "${closing}") is refused before it costs anything`, async () => {
        const yaml = opening.repeat(150) + closing.repeat(150);
        await assertRefused(yaml);
        await assertRefused(opening.repeat(20) + closing.repeat(20));
      });
    }

    for (const unit of ['[', '{a: ', '- ', '- [']) {
      it(`of levels without end ("${unit}") is refused before it costs anything`, () =>
        assertRefused(unit.repeat(15_000)));
    }

    it('of nothing but mistakes is refused at the first, whatever follows', async () => {
      const worth = 0;
      await assertRefused(`model_path: [::1]${']'.repeat(10_000)}`, worth);
    });

    it('of aliases, or of several documents, is refused', async () => {
      await assertRefused(`a: &a [x]\nmodel_path: [${'*a,'.repeat(5_000)}]`);
      await assertRefused('model_path: x\n---\n'.repeat(1_000));
    });

    it('has as many levels and as much text as anybody writes', () => {
      const nested = Array.from({ length: 20 }, (_, level) => `${'  '.repeat(level)}more:\n`);
      const yaml = `${nested.join('')}${'  '.repeat(20)}end\nmodel_path: a.gguf\n`;
      assert.equal(parseModelFile(yaml).model_path, 'a.gguf');
      const list = `files: [${'"a.gguf", '.repeat(5_000)}]\n`;
      assert.equal(parseModelFile(`model_path: a.gguf\n${list}`).model_path, 'a.gguf');
    });

    it('with a question in it is read', () => {
      const { name } = parseModelFile('model_path: a.gguf\nname: is it ? or not?\n');
      assert.equal(name, 'is it ? or not?');
    });

    it('of Cortex that names a host which is none does not lead to another one', async () => {
      const machine = { platform: 'linux' as const, home: '/home/user', environment: {} };
      const readText = () => Promise.resolve('apiServerHost: 999.1.1.1\napiServerPort: "1"');
      assert.equal(await discoverCortex({ ...machine, readText }, NO_LOGGER), undefined);
    });
  });

  it('A path of a repository that is far too long is refused before it is looked at', async () => {
    const path = `${'a/'.repeat(50_000)}b.gguf`;
    await new Bounds().hold(path.length, () => {
      assert.throws(() => safePaths(resolve('/models'), [path]), { kind: 'badName' });
    });
  });

  for (const path of ['../x.gguf', '/etc/passwd', 'a/../../x', '', 'a//b', '..\\x']) {
    it(`A receipt does not name files elsewhere, such as "${path}"`, () => {
      const digest = { algorithm: 'sha256', hex: '0'.repeat(64) };
      const file = { path, size: 1, digest, role: 'weights', modifiedAt: 0 };
      const variants = [{ name: 'Q4', revision: '0'.repeat(40), files: [file] }];
      const text = JSON.stringify({ version: 1, model: 'a/b', variants });
      assert.throws(() => parseReceipt(text, 'receipt'), DownloadError);
      const fine = text.replace(JSON.stringify(path), '"q/x.gguf"');
      assert.equal(parseReceipt(fine, 'receipt').variants[0]?.files[0]?.path, 'q/x.gguf');
    });
  }

  it('A journal knows of no bytes behind the end of its file', () => {
    const digest = { algorithm: 'sha256', hex: '' };
    const header = {
      version: 1,
      model: 'a/b',
      revision: '',
      path: 'x',
      size: 10,
      digest,
      bootedAt: 0,
    };
    const text = `${JSON.stringify(header)}\nw 5-20\ns 0-4 30-40\nw 0-${'9'.repeat(30)}\n`;
    const journal = parseJournal(text);
    assert.deepEqual(journal?.written.ranges, [{ start: 5, end: 10 }]);
    assert.deepEqual(journal.synced.ranges, [{ start: 0, end: 4 }]);
  });

  it('A query asks for nothing below zero, which could not be printed', () => {
    const { query, problems } = parseQuery('size:>=0 size:<0');
    assert.deepEqual(
      problems.map(({ kind, word }) => [kind, word]),
      [['badValue', 'size:<0']],
    );
    assert.deepEqual(parseQuery(printQuery(query)), { query, problems: [] });
  });

  it('A query of any sizes asks for the same once it is printed', () => {
    for (const text of [
      'size:>=1 size:<1',
      'size:>8gb size:<4gb',
      'params:>=4b params:<1b',
      'size:1001000000001kib',
    ]) {
      const { query, problems } = parseQuery(text);
      assert.deepEqual(problems, []);
      assert.deepEqual(parseQuery(printQuery(query)), { query, problems: [] }, printQuery(query));
    }
  });

  it('A query asks for the same once it is printed, whatever its quotes hold', () => {
    for (const text of ['" -@fits', '" a  b "', '"\t@tools"']) {
      const { query } = parseQuery(text);
      assert.deepEqual(parseQuery(printQuery(query)).query, query, text);
    }
  });

  it('An event without an end is read in a time that grows with its length', async () => {
    const pieces = Array.from({ length: 60_000 }, () => Buffer.from('data: and so on '));
    await new Bounds().hold(16 * pieces.length, async () => {
      for await (const data of eventData(one(pieces))) assert.fail(data);
    });
  });
});

/** Not YAML as we read it, and told so in a time that grows with its length. */
async function assertRefused(yaml: string, worth = yaml.length): Promise<void> {
  await new Bounds().hold(worth, () => {
    assert.throws(() => parseModelFile(yaml), /it is not YAML/);
  });
}

async function* one(pieces: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield* pieces;
}
