import type { FuzzTarget } from './target.ts';
import { chatAnswer, eventStream } from './targets/chat.ts';
import {
  cortexConfiguration,
  cortexEvents,
  cortexModels,
  cortexSources,
} from './targets/cortex.ts';
import { journal, receipt } from './targets/disk.ts';
import { gguf } from './targets/gguf.ts';
import { fileHeaders, linkTarget, rateLimit } from './targets/headers.ts';
import { hubCommits, hubList, hubModel, hubPaths, hubTree } from './targets/hub.ts';
import { janCatalogue, janModelFile } from './targets/jan.ts';
import { publishedBody, publishedDelta, publishedPointer } from './targets/published.ts';
import { fileNames, modelLinks, query, readmeLinks } from './targets/words.ts';
import { casAnswers, reconstruction, xorb } from './targets/xet.ts';

/** Everything that reads what others wrote. */
export const targets: readonly FuzzTarget[] = [
  ...[hubList, hubModel, hubTree, hubCommits, hubPaths],
  ...[janCatalogue, janModelFile],
  ...[cortexSources, cortexModels, cortexEvents, cortexConfiguration],
  ...[publishedPointer, publishedBody, publishedDelta],
  ...[linkTarget, rateLimit, fileHeaders],
  ...[gguf, reconstruction, casAnswers, xorb],
  ...[query, modelLinks, readmeLinks, fileNames],
  ...[journal, receipt, eventStream, chatAnswer],
];
