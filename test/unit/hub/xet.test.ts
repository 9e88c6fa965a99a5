import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { downloadFile, pathsInfo } from '@huggingface/hub';
import { getRows } from './support.ts';
import type { Token } from './xetRig.ts';
import { BASE_BYTES, buffer, NEXT, NEXT_BYTES, PATH, REPO, useXet } from './xetRig.ts';
import type { FaultSet } from '../../hub/faults.ts';
import { withMetadata } from '../../hub/ggufRecipe.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('Xet', () => {
  const rig = useXet();

  describe('for the official client', () => {
    it('is the way to a whole file, at each commit', async () => {
      assert.ok((await buffer(await rig.download(rig.committed.shas.base))).equals(BASE_BYTES));
      assert.ok((await buffer(await rig.download())).equals(NEXT_BYTES));
      const { routes } = rig.hub.stats();
      assert.equal(routes['cdn'], undefined, 'no byte came another way');
      assert.ok(routes['xorb']!.bytesOut > 2 * 4_800_000);
      assert.deepEqual([routes['xet-token']?.requests, routes['xet-v2']?.requests], [2, 2]);
    });

    it('is the way to a part of a file', async () => {
      const [from, to] = [1_234_567, 3_456_789];
      const slice = (await rig.download()).slice(from, to);
      assert.ok((await buffer(slice)).equals(NEXT_BYTES.subarray(from, to)));
      assert.ok(rig.hub.stats().routes['xorb']!.bytesOut < to - from + 400_000);
    });

    it('leads to bytes of the published hash when they lie scattered', async () => {
      const path = 'scattered.gguf';
      const gguf = withMetadata(NEXT, { 'general.version': 'three' });
      const { xet } = await rig.commit([{ path, gguf, xet: true }], { storedAgain: 0.5, seed: 2 });
      assert.ok(xet![path]!.terms > 4);
      const blob = await downloadFile({ repo: REPO, path, hubUrl: rig.hub.url });
      const [info] = await pathsInfo({ repo: REPO, hubUrl: rig.hub.url, paths: [path] });
      assert.equal(sha256(await buffer(blob!)), info?.lfs?.oid);
    });
  });

  describe('is told of', () => {
    const rowOf = async (path: string, revision = 'main') =>
      (await getRows(rig.hub, `/api/models/${REPO}/tree/${revision}`)).find(
        (row) => row['path'] === path,
      );
    const resolve = (path: string, init: RequestInit = {}) =>
      fetch(`${rig.hub.url}/${REPO}/resolve/main/${path}`, { redirect: 'manual', ...init });

    it('in trees and paths-info, at each commit', async () => {
      assert.equal((await rowOf(PATH))?.['xetHash'], rig.committed.next.hash);
      assert.equal(
        (await rowOf(PATH, rig.committed.shas.base))?.['xetHash'],
        rig.committed.base.hash,
      );
      const [info] = await pathsInfo({ repo: REPO, hubUrl: rig.hub.url, paths: [PATH] });
      assert.equal(info?.xetHash, rig.committed.next.hash);
    });

    it('in the redirect, which still leads to the bytes', async () => {
      const { status, headers } = await resolve(PATH);
      assert.equal(status, 302);
      const { hash } = rig.committed.next;
      assert.equal(headers.get('x-xet-hash'), hash);
      const link = headers.get('link') ?? '';
      const [, auth = ''] = /<([^>]+)>; rel="xet-auth"/.exec(link) ?? [];
      const [, info = ''] = /<([^>]+)>; rel="xet-reconstruction-info"/.exec(link) ?? [];
      const token = (await (await fetch(auth)).json()) as Token;
      assert.equal(info, `${token.casUrl}/v1/reconstructions/${hash}`);
      const bytes = await fetch(headers.get('location') ?? '');
      assert.ok((await buffer(bytes)).equals(NEXT_BYTES));
    });

    it('in place of a redirect to those who accept it', async () => {
      const type = 'application/vnd.xet-fileinfo+json';
      const answer = await resolve(PATH, {
        headers: { Accept: `${type}, */*`, Range: 'bytes=0-0' },
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), type);
      assert.equal(answer.headers.get('x-linked-size'), String(NEXT_BYTES.length));
      const { hash } = (await answer.json()) as { hash: string };
      assert.equal(hash, rig.committed.next.hash);
    });

    it('never of other files, nor when it is switched off', async () => {
      assert.equal((await rowOf('plain.gguf'))?.['xetHash'], undefined);
      assert.equal((await resolve('plain.gguf')).headers.get('x-xet-hash'), null);
      rig.hub.setFaults({ xet: false });
      assert.equal((await rowOf(PATH))?.['xetHash'], undefined);
      const accept = { headers: { Accept: 'application/vnd.xet-fileinfo+json, */*' } };
      const answer = await resolve(PATH, accept);
      assert.deepEqual([answer.status, answer.headers.get('link')], [302, null]);
    });

    it('with how much of an upload was new', () => {
      const [first, second] = [rig.committed.base, rig.committed.next];
      assert.deepEqual([first.newBytes, first.newChunks], [first.size, first.chunks]);
      assert.ok(second.newBytes > 800_000 && second.newBytes < 3 * 800_000, `${second.newBytes}`);
      assert.ok(second.newChunks < second.chunks);
    });
  });

  describe('goes wrong', () => {
    const under = (...rules: NonNullable<FaultSet['rules']>) => rig.hub.setFaults({ rules });

    it('when the CAS is off', async () => {
      under({ match: 'xet', status: 503 });
      const { casUrl } = await rig.token();
      assert.deepEqual([(await rig.ask('v1')).status, (await rig.ask('v2')).status], [503, 503]);
      assert.equal((await rig.xorb(`${casUrl}/xorbs/default/${'0'.repeat(64)}`)).status, 503);
      await assert.rejects(buffer(await rig.download()));
    });

    it('when there is only the first version', async () => {
      under({ match: 'xet-v2', status: 501 });
      assert.deepEqual([(await rig.ask('v1')).status, (await rig.ask('v2')).status], [200, 501]);
    });

    it('when an address or a request is refused once, which a client gets over', async () => {
      under({ match: 'xorb', status: { code: 403, count: 1 } });
      assert.ok((await buffer(await rig.download())).equals(NEXT_BYTES));
      assert.equal(rig.hub.stats().routes['xet-v2']?.requests, 2);
      under({ match: 'xorb', rateLimit: { count: 1 } });
      assert.ok((await buffer(await rig.download())).equals(NEXT_BYTES));
    });

    it('when bytes are wrong', async () => {
      const { url, range } = await rig.severalRanges();
      const right = await buffer(await rig.xorb(url, range));
      const [, start = ''] = /(\d+)-\d+$/.exec(range) ?? [];
      under({ match: 'xorb', corrupt: Number(start) + 5_000 });
      const wrong = await buffer(await rig.xorb(url, range));
      assert.equal(wrong.length, right.length);
      const different = [...right.keys()].filter((at) => wrong[at] !== right[at]);
      assert.equal(different.length, 1, 'one byte in the last of the ranges');
      under({ match: 'xorb', truncate: true });
      await assert.rejects(rig.xorb(url, range).then(buffer));
    });

    it('for a file that plain HTTP does not give', async () => {
      rig.hub.setFaults({ repositories: { [REPO]: { xetOnly: PATH } } });
      const address = `${rig.hub.url}/${REPO}/resolve/main/${PATH}`;
      const refused = await fetch(address, { redirect: 'manual' });
      assert.equal(refused.status, 403);
      assert.match(refused.headers.get('x-error-message') ?? '', /needs Xet/);
      const head = await fetch(address, { method: 'HEAD', redirect: 'manual' });
      assert.equal(head.headers.get('x-xet-hash'), rig.committed.next.hash);
      assert.equal((await fetch(head.headers.get('location') ?? '')).status, 403);
      assert.ok((await buffer(await rig.download())).equals(NEXT_BYTES));
    });
  });

  it('refuses a commit that makes no sense', async () => {
    const file = { path: 'new.gguf', size: 1_000 };
    assert.equal((await rig.commit([{ ...file, xet: 'yes' }])).status, 400);
    for (const packing of [{ storedAgain: 2 }, { seed: -1 }])
      assert.equal((await rig.commit([{ ...file, xet: true }], packing)).status, 400);
  });
});
