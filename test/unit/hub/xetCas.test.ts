import assert from 'node:assert/strict';
import { getRows } from './support.ts';
import { buffer, NEXT_BYTES, rangeOf, REPO, useXet } from './xetRig.ts';

const OTHER_REPO = 'janhq/Jan-v1-4B-GGUF';

/** The parts of a multipart answer, each as long as its header says. */
function partsOf(answer: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const head = answer.indexOf('\r\n\r\n', at);
    if (head < 0) return parts;
    const range = /Content-Range: bytes (\d+)-(\d+)\//.exec(answer.toString('latin1', at, head));
    const start = head + 4;
    at = start + Number(range?.[2]) - Number(range?.[1]) + 1;
    parts.push(answer.subarray(start, at));
  }
}

/** The compression schemes of the chunks in bytes of a xorb. */
function schemesIn(bytes: Buffer): number[] {
  const schemes: number[] = [];
  for (let at = 0; at < bytes.length; at += 8 + bytes.readUIntLE(at + 1, 3)) {
    assert.equal(bytes[at], 0, 'the version of a chunk');
    schemes.push(bytes[at + 4] ?? -1);
  }
  return schemes;
}

describe('The CAS', () => {
  const rig = useXet();

  describe('has tokens', () => {
    it('for an hour, of any revision that is there', async () => {
      const { exp } = await rig.token(rig.committed.shas.base);
      assert.ok(Math.abs(exp - Date.now() / 1000 - 3600) < 60);
      const unknown = await rig.api(`xet-read-token/${'0'.repeat(40)}`);
      assert.equal(unknown.status, 404);
      assert.equal(unknown.headers.get('x-error-code'), 'RevisionNotFound');
    });

    it('not for commits that were squashed', async () => {
      rig.hub.setFaults({ repositories: { [REPO]: { squashed: true } } });
      assert.equal((await rig.api(`xet-read-token/${rig.committed.shas.base}`)).status, 404);
      assert.equal((await rig.api('xet-read-token/main')).status, 200);
      const [head] = await getRows(
        rig.hub,
        `/api/models?author=cortexso&full=true&search=tinyllama`,
      );
      assert.equal((await rig.api(`xet-read-token/${String(head?.['sha'])}`)).status, 200);
    });

    it('for those who may read the bytes', async () => {
      rig.hub.setFaults({ repositories: { [REPO]: { gated: 'manual' } } });
      assert.equal((await rig.api('xet-read-token/main')).status, 401);
      assert.equal((await rig.api('xet-read-token/main', 'hf_any')).status, 403);
      assert.equal((await rig.api('xet-read-token/main', 'hf_granted')).status, 200);
      rig.hub.setFaults({ repositories: { [REPO]: { private: true } } });
      assert.equal((await rig.api('xet-read-token/main')).status, 401);
      assert.equal((await rig.api('xet-read-token/main', 'hf_any')).status, 200);
    });

    it('without which the CAS tells nothing', async () => {
      const good = await rig.token();
      assert.equal((await rig.ask('v2', { token: good })).status, 200);
      for (const accessToken of ['', 'x', `${good.accessToken}x`, `x${good.accessToken}`])
        assert.equal((await rig.ask('v2', { token: { ...good, accessToken } })).status, 401);
      const foreign = await rig.token('main', OTHER_REPO);
      assert.equal((await rig.ask('v2', { token: foreign })).status, 404);
    });

    it('that are refused once they have expired or were revoked', async () => {
      rig.hub.setFaults({ xetTokenSeconds: -1 });
      const expired = await rig.token();
      assert.equal((await rig.ask('v2', { token: expired })).status, 401);
      rig.hub.setFaults({});
      const good = await rig.token();
      rig.hub.setFaults({ revokeXetTokens: true });
      assert.equal((await rig.ask('v1', { token: good })).status, 401);
      assert.equal((await rig.ask('v1', { token: await rig.token() })).status, 200);
    });
  });

  describe('has reconstructions', () => {
    it('that say the same in both versions', async () => {
      const first = await rig.v1();
      const second = await rig.v2();
      assert.deepEqual(first.terms, second.terms);
      assert.equal(first.offset_into_first_range, 0);
      const length = second.terms.reduce((sum, term) => sum + term.unpacked_length, 0);
      assert.equal(length, NEXT_BYTES.length);
      assert.deepEqual(Object.keys(first.fetch_info), Object.keys(second.xorbs));
      let several = 0;
      for (const [hash, entries] of Object.entries(second.xorbs)) {
        const infos = first.fetch_info[hash] ?? [];
        const ones = await Promise.all(
          infos.map(async ({ url, url_range }) =>
            buffer(await rig.xorb(url, rangeOf([url_range]))),
          ),
        );
        const parts: Buffer[] = [];
        for (const { url, ranges } of entries) {
          const answer = await rig.xorb(url, rangeOf(ranges.map(({ bytes }) => bytes)));
          assert.equal(answer.status, 206);
          const isMultipart = /^multipart\/byteranges/.test(answer.headers.get('content-type')!);
          assert.equal(isMultipart, ranges.length > 1);
          if (isMultipart) several += 1;
          parts.push(...(isMultipart ? partsOf(await buffer(answer)) : [await buffer(answer)]));
        }
        assert.deepEqual(parts, ones);
        const chunks = infos.map(({ range }) => range.end - range.start);
        assert.deepEqual(
          parts.map((part) => schemesIn(part).length),
          chunks,
        );
      }
      assert.ok(several > 0, 'a xorb of which several ranges are needed');
    });

    it('whose chunks are stored as they are, or compressed in two ways', async () => {
      const { fetch_info } = await rig.v1();
      const schemes = new Set<number>();
      for (const { url, url_range } of Object.values(fetch_info).flat()) {
        const bytes = await buffer(await rig.xorb(url, rangeOf([url_range])));
        for (const scheme of schemesIn(bytes)) schemes.add(scheme);
      }
      assert.deepEqual([...schemes].sort(), [0, 1, 2]);
    });

    it('of a part of a file, in whole chunks', async () => {
      const size = NEXT_BYTES.length;
      for (const [from, to] of [
        [0, 0],
        [1_000_000, 1_000_000],
        [700_001, 3_000_000],
        [size - 1, size - 1],
      ] as const) {
        const { offset_into_first_range: offset, terms } = await rig.v2(`bytes=${from}-${to}`);
        const length = terms.reduce((sum, term) => sum + term.unpacked_length, 0);
        assert.ok(offset < 128 * 1024, `${offset} bytes come before`);
        const over = length - offset - (to - from + 1);
        assert.ok(over >= 0 && over < 128 * 1024, `${over} bytes come behind`);
        const whole = await buffer((await rig.download()).slice(from, to + 1));
        assert.ok(whole.equals(NEXT_BYTES.subarray(from, to + 1)));
      }
    });

    it('not of what lies behind the end, or is no file', async () => {
      const size = NEXT_BYTES.length;
      const behind = await rig.ask('v2', { range: `bytes=${size}-${size + 9}` });
      assert.equal(behind.status, 416);
      const { accessToken, casUrl } = await rig.token();
      const unknown = await fetch(`${casUrl}/v2/reconstructions/${'0'.repeat(64)}`, {
        headers: { Authorization: `Bearer ${accessToken}` },
      });
      assert.equal(unknown.status, 404);
    });
  });

  describe('has signed addresses', () => {
    it('for exactly the signed ranges', async () => {
      const { url, range } = await rig.severalRanges();
      assert.equal((await rig.xorb(url, range)).status, 206);
      for (const other of [undefined, 'bytes=0-0', `${range},90-99`, range.replace(/\d+$/, '99')])
        assert.equal((await rig.xorb(url, other)).status, 403, other);
      const forged = new URL(url);
      forged.searchParams.set('X-Xet-Signed-Range', 'bytes=0-9');
      assert.equal((await rig.xorb(forged.href, 'bytes=0-9')).status, 403);
    });

    it('that die, and take no token', async () => {
      const { url, range } = await rig.severalRanges();
      const headers = { Range: range, Authorization: 'Bearer x' };
      assert.equal((await fetch(url, { headers })).status, 400);
      rig.hub.setFaults({ signedUrlSeconds: -1 });
      const late = await rig.severalRanges();
      assert.equal((await rig.xorb(late.url, late.range)).status, 403);
      assert.equal((await rig.xorb(url, range)).status, 206);
    });
  });
});
