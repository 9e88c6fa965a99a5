/** The way of the Hub's own library for JavaScript: see contenders.ts. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { downloadFile } from '@huggingface/hub';
import { measuredProgram } from './nodeProgram.ts';
import type { SiteFile } from './site.ts';

export interface OfficialTask {
  readonly file: SiteFile;
  readonly target: string;
}

measuredProgram((task) => async () => {
  const { file, target } = task as OfficialTask;
  const { endpoint: hubUrl, model: repo, revision, path } = file;
  const blob = await downloadFile({ repo, path, revision, hubUrl });
  if (blob === null) throw new Error(`${path} is not there`);
  await pipeline(Readable.fromWeb(blob.stream() as ReadableStream), createWriteStream(target));
});
