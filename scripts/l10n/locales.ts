import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { placeholders } from './sentences.ts';
import type { Sentences } from './sentences.ts';

/** The languages besides English that the extension speaks. */
export const LOCALES = ['zh-cn'] as const;

type Texts = Readonly<Record<string, string>>;

/** What is wrong with the translations of a locale, in words; nothing if all is said. */
export function problemsOf(root: string, locale: string, { keys }: Sentences): string[] {
  const nls = readTexts(root, 'package.nls.json');
  return [
    ...compare(
      `l10n/bundle.l10n.${locale}.json`,
      root,
      new Map(
        [...keys].map(([key, place]) => [
          key,
          { english: key, where: `${place.file}:${place.line}` },
        ]),
      ),
    ),
    ...compare(
      `package.nls.${locale}.json`,
      root,
      new Map(
        Object.entries(nls).map(([key, english]) => [key, { english, where: 'package.nls.json' }]),
      ),
    ),
  ];
}

/** Fields of the manifest that people read. What a tool's schema says, language models do. */
const READ_FIELDS: ReadonlySet<string> = new Set([
  ...['title', 'contextualTitle', 'displayName', 'description', 'userDescription', 'altText'],
  ...['contents', 'markdownDescription', 'enumDescriptions', 'patternErrorMessage'],
]);
const READ_BY_MODELS = 'inputSchema';

/**
 * Keys that the manifest names and nobody says, those that are said for nobody, and what stands in
 * the manifest itself, where nobody can translate it.
 */
export function manifestProblems(root: string): string[] {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  const named = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key));
  const said = new Set(Object.keys(readTexts(root, 'package.nls.json')));
  return [
    ...[...named.difference(said)].map((key) => `package.nls.json: "${key}" is missing`),
    ...[...said.difference(named)].map((key) => `package.nls.json: "${key}" is not used`),
    ...literalsIn((JSON.parse(text) as { contributes?: unknown }).contributes).map(
      (literal) => `package.json: "${literal}" is no %key%`,
    ),
  ];
}

/** What people read in a part of the manifest that is no key. */
function literalsIn(part: unknown, isRead = false): string[] {
  if (typeof part === 'string') return isRead && !/^%[^%]+%$/.test(part) ? [part] : [];
  if (Array.isArray(part)) return part.flatMap((one) => literalsIn(one, isRead));
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) =>
    name === READ_BY_MODELS ? [] : literalsIn(value, READ_FIELDS.has(name)),
  );
}

function compare(
  file: string,
  root: string,
  wanted: ReadonlyMap<string, { readonly english: string; readonly where: string }>,
): string[] {
  const texts = readTexts(root, file);
  const problems: string[] = [];
  for (const [key, { english, where }] of wanted) {
    const text = texts[key];
    if (text === undefined) problems.push(`${file}: missing ${JSON.stringify(key)} (${where})`);
    else
      problems.push(
        ...differences(english, text).map((what) => `${file}: ${JSON.stringify(key)} ${what}`),
      );
  }
  for (const key of Object.keys(texts)) {
    if (!wanted.has(key)) problems.push(`${file}: unused ${JSON.stringify(key)}`);
  }
  return problems;
}

/** In what a translation differs from the English that it must not differ in. */
function differences(english: string, text: string): string[] {
  const same = (what: string, parts: (text: string) => readonly (string | number)[]): string[] => {
    const [there, here] = [parts(english), parts(text)].map((one) => [...one].sort().join(' '));
    return there === here ? [] : [`has other ${what}: "${here ?? ''}" for "${there ?? ''}"`];
  };
  return [
    ...(text.trim() === '' ? ['says nothing'] : []),
    ...same('placeholders', placeholders),
    ...same('commands and settings', linksIn),
    ...same('code', codeIn),
  ];
}

/** What a text runs or points to: `command:…`, `#setting#`. */
function linksIn(text: string): string[] {
  return [...text.matchAll(/\(command:[^)]+\)|#modelHub\.[\w.]+#/g)].map(([link]) => link);
}

/** What is written as code, but for what a reader is to replace. */
function codeIn(text: string): string[] {
  return [...text.matchAll(/`+([^`]+)`+/g)].map(([, code = '']) => code.replace(/<[^>]+>/g, '<>'));
}

function readTexts(root: string, file: string): Texts {
  const name = path.join(root, file);
  return existsSync(name) ? (JSON.parse(readFileSync(name, 'utf8')) as Texts) : {};
}
