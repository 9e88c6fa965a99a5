import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { HubUnderTest } from './hubUnderTest.ts';

/**
 * The authors with most models: of a history, those with most different models over all of its
 * versions; else those with most at present.
 */
export async function busiestAuthors(
  hub: HubUnderTest,
  history: string | undefined,
  count: number,
): Promise<string[]> {
  const models = history === undefined ? await publishedNow(hub) : publishedEver(history);
  const byAuthor = Map.groupBy(models, (id) => id.split('/')[0] ?? '');
  return [...byAuthor]
    .sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a < b ? -1 : 1))
    .slice(0, count)
    .map(([author]) => author);
}

function publishedEver(history: string): Set<string> {
  const ids = new Set<string>();
  for (const name of globSync('{.,v1,v2}/*.json.gz', { cwd: history })) {
    const text = gunzipSync(readFileSync(join(history, name))).toString();
    for (const { developer, model_name } of JSON.parse(text) as Record<string, unknown>[]) {
      if (typeof developer === 'string' && typeof model_name === 'string') {
        ids.add(`${developer}/${model_name}`);
      }
    }
  }
  return ids;
}

async function publishedNow(hub: HubUnderTest): Promise<string[]> {
  const sources = [...(await hub.truth())].filter(([source]) => source.startsWith('hf:'));
  return sources.flatMap(([, models]) => [...models.keys()]);
}
