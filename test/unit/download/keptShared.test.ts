import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DownloadError } from '../../../src/download/errors.ts';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { readReceipt } from '../../../src/download/receipt.ts';
import { keptRevision } from '../../../src/runtime/disk/keptRevision.ts';
import { KEPT, SIZE, useEditions } from './keptRig.ts';
import { bytesOf, planned, planOf } from './support.ts';
import type { Window } from './windowRig.ts';

const PROJECTOR = 'mmproj.gguf';
const always = new AbortController().signal;

describe('A kept revision of a variant that shares its projector with another', function () {
  this.timeout(20_000);
  const { server, window, editions } = useEditions();

  const plan = (variant: string, edition: string, keepsPrevious?: true): DownloadPlan => {
    const weights = bytesOf(`${edition} ${variant}`, SIZE);
    const projector = bytesOf(`${edition} p`, SIZE);
    server().files.set(`${variant}.gguf`, weights).set(PROJECTOR, projector);
    const files = [
      planned(`${variant}.gguf`, weights),
      planned(PROJECTOR, projector, 'sha256', 'projector'),
    ];
    const revision = edition.repeat(40);
    return planOf(files, { variant, revision, ...(keepsPrevious && { keepsPrevious }) });
  };
  const install = async (one: Window, wanted: DownloadPlan): Promise<void> => {
    await one.reaches((await one.download(wanted)).id, 'done');
  };
  const at = (variant: string) => ({ ...editions().place, variant });
  /** Which projector is in place, or kept at a commit. */
  const projectorIs = (edition: string, ...where: string[]): boolean => {
    const path = join(editions().folder, ...where, PROJECTOR);
    return existsSync(path) && readFileSync(path).equals(bytesOf(`${edition} p`, SIZE));
  };

  it('is gone back to only as long as both can have theirs', async () => {
    const one = window();
    for (const edition of ['a', 'b'] as const) {
      for (const variant of ['one', 'two']) {
        await install(one, plan(variant, edition, edition === 'b' ? true : undefined));
      }
    }
    await assert.rejects(one.service.kept.rollBack('folder', at('one'), always), (error) => {
      assert.ok(DownloadError.is(error, 'folder'), String(error));
      assert.match(error.message, /mmproj\.gguf is a part of two too.* delete two first/);
      return true;
    });
    assert.ok(projectorIs('b'));

    // What deleting it leaves: the projector, which the other one uses too, and the receipt.
    rmSync(join(editions().folder, 'two.gguf'));
    rmSync(join(editions().folder, KEPT, 'a'.repeat(40), 'two.gguf'));
    await one.service.kept.rollBack('folder', at('one'), always);
    assert.ok(projectorIs('a') && projectorIs('b', KEPT, 'b'.repeat(40)));
  });

  it('keeps its projector when the update of the other one is given up', async () => {
    const one = window();
    for (const variant of ['one', 'two']) await install(one, plan(variant, 'a'));
    await install(one, plan('one', 'b', true));
    server().allow(0);
    const { id } = await one.download(plan('two', 'b'));
    await one.service.cancel(id);
    await one.service.kept.settle(at('two'), always);
    assert.ok(projectorIs('b'), 'the one in place is of another revision than its weights');
    assert.ok(projectorIs('a', KEPT, 'a'.repeat(40)), 'the kept one is gone');
  });

  it('does not make the other one look as if an exchange of it had broken off', async () => {
    const one = window();
    for (const variant of ['one', 'two']) await install(one, plan(variant, 'a'));
    await install(one, plan('two', 'b', true));
    await one.service.kept.rollBack('folder', at('two'), always);
    await install(one, plan('one', 'b', true));
    const receipt = (await readReceipt(editions().folder))!;
    const other = receipt.variants.find(({ name }) => name === 'two')!;
    const kept = await keptRevision(editions().folder, receipt, other);
    assert.equal(kept?.revision, 'b'.repeat(40));
    assert.equal(kept.isUnfinished, undefined);
  });
});
