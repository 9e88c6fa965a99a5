import path from 'node:path';
import ts from 'typescript';

/** A place in the sources. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What the sources say to people. */
export interface Sentences {
  /** English sentences that are translated, with where they stand first. */
  readonly keys: ReadonlyMap<string, Place>;
  /** What nobody can translate, in words. */
  readonly problems: readonly string[];
}

/**
 * The functions of people's words: `vscode.l10n.t`, the `t` of a wording, and that of
 * `@vscode/l10n` in the core. All are called `t`, and no other function is.
 */
const TRANSLATE = 't';
/** Passes on what others say literally. */
const PASSES_ON: ReadonlySet<string> = new Set(['src/views/details/hostWording.ts']);
/** Errors whose message people read. */
const READ_ERRORS: ReadonlySet<string> = new Set([
  ...['SyncError', 'DownloadError', 'RuntimeError', 'DownloadRefused'],
]);
/** What shows its arguments to people. */
const SHOWS =
  /(?:^|\.)(?:show(?:Information|Warning|Error)Message|notifier\.(?:info|warn|confirm))$/;
/** Fields of what the editor shows. */
const SHOWN_FIELDS: ReadonlySet<string> = new Set([
  ...['label', 'description', 'detail', 'title', 'tooltip', 'placeHolder', 'placeholder', 'prompt'],
  ...['message', 'problem', 'openLabel', 'invocationMessage'],
]);
/** What developers read on a terminal, and what language models read. */
const FOR_OTHERS = /^src\/(?:sync\/publish\/(?:publisher|folder|compression)\.ts|views\/tools\/)/;
/** What is shown says something if there are words in it: at least two, not all in capitals. */
const WORDS = /\p{Ll}{2,}[,.:;]? \p{L}/u;
/** What is said anywhere is shown somewhere, if it is so many words: no address, no SQL. */
const SENTENCE = /(?<!\S)\p{L}[\p{Ll}'’]* \p{Ll}+,? \p{Ll}+(?=[\s,;:)…]|\.(?:\s|$)|$)/u;
/** Statements may have comments. */
const SQL = /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b/;
/** Where sentences go that only developers read. */
const LOGS = /(?:^|[.#])(?:logger|console|log)\b|^(?:Error|TypeError)$/;
/** Sentences that end up in the log by a longer way. */
const LOGGED: ReadonlySet<string> = new Set([
  ...[
    'what is installed',
    'it is nested too deep',
    'thread of downloads and runtimes',
    'not a date',
  ],
  'developer and model_name are no repository name',
]);
/** Names that are the same in every language, with gaps for what stands beside them. */
const NAMES = /^(?:\$\([\w~-]+\) )?(?:Model Hub|Hugging Face|LM Studio)[:. …]*$/;

/** Finds what is said, and what is said in a way that cannot be translated. */
export function sentencesIn(root: string, files: readonly string[]): Sentences {
  const keys = new Map<string, Place>();
  const problems: string[] = [];
  for (const file of files) {
    const text = ts.sys.readFile(path.join(root, file)) ?? '';
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    new Reader(source, file, keys, problems).read(source);
  }
  return { keys, problems };
}

/** Reads one file. */
class Reader {
  readonly #source: ts.SourceFile;
  readonly #file: string;
  readonly #keys: Map<string, Place>;
  readonly #problems: string[];

  constructor(source: ts.SourceFile, file: string, keys: Map<string, Place>, problems: string[]) {
    this.#source = source;
    this.#file = file;
    this.#keys = keys;
    this.#problems = problems;
  }

  read(node: ts.Node): void {
    if (ts.isCallExpression(node)) this.#readCall(node);
    if (ts.isNewExpression(node)) this.#readError(node);
    if (ts.isPropertyAssignment(node)) this.#readField(node);
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) this.#readText(node);
    ts.forEachChild(node, (child) => this.read(child));
  }

  /** Whether only developers read what a call says. */
  #logs(node: ts.Node): boolean {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
    const name = node.expression.getText(this.#source);
    return LOGS.test(name);
  }

  #readCall(call: ts.CallExpression): void {
    const name = call.expression.getText(this.#source);
    if (this.#translates(call)) this.#readSentence(call);
    else if (SHOWS.test(name)) for (const argument of call.arguments) this.#mustNotSay(argument);
  }

  /** A sentence anywhere but in t(). */
  #readText(node: ts.StringLiteralLike | ts.TemplateExpression): void {
    const said = writtenText(node) ?? '';
    if (!SENTENCE.test(said) || SQL.test(said) || LOGGED.has(said) || FOR_OTHERS.test(this.#file))
      return;
    if (!isInside(node, (around) => this.#translates(around) || this.#logs(around))) {
      this.#tell(node, `"${said}" passes no t()`);
    }
  }

  #translates(node: ts.Node): boolean {
    if (!ts.isCallExpression(node)) return false;
    const name = node.expression.getText(this.#source);
    return name === TRANSLATE || name.endsWith(`.${TRANSLATE}`);
  }

  #readSentence(call: ts.CallExpression): void {
    const [first] = call.arguments;
    const sentence = first && literalText(first);
    if (sentence === undefined) {
      if (!PASSES_ON.has(this.#file)) this.#tell(call, 'what is translated is no literal');
      return;
    }
    if (!this.#keys.has(sentence)) this.#keys.set(sentence, this.#placeOf(call));
    const given = call.arguments.length - 1;
    const wanted = Math.max(-1, ...placeholders(sentence)) + 1;
    const isSpread = call.arguments.some((argument) => ts.isSpreadElement(argument));
    if (!isSpread && given !== wanted) {
      this.#tell(call, `"${sentence}" has ${wanted} placeholders and is given ${given} values`);
    }
  }

  #readError(created: ts.NewExpression): void {
    if (!READ_ERRORS.has(created.expression.getText(this.#source))) return;
    for (const argument of created.arguments ?? []) this.#mustNotSay(argument);
  }

  #readField({ name, initializer }: ts.PropertyAssignment): void {
    const isShown = SHOWN_FIELDS.has(name.getText(this.#source));
    if (isShown && !this.#file.includes('/gateway/')) this.#mustNotSay(initializer);
  }

  /** Words that are written here as they are, and shown to people, are translated by nobody. */
  #mustNotSay(expression: ts.Expression): void {
    if (FOR_OTHERS.test(this.#file)) return;
    if (ts.isConditionalExpression(expression)) {
      this.#mustNotSay(expression.whenTrue);
      this.#mustNotSay(expression.whenFalse);
      return;
    }
    const said = writtenText(expression);
    if (said === undefined || !WORDS.test(said) || NAMES.test(said)) return;
    this.#tell(expression, `"${said}" is shown, but passes no t()`);
  }

  #tell(node: ts.Node, what: string): void {
    const { file, line } = this.#placeOf(node);
    this.#problems.push(`${file}:${line}: ${what}`);
  }

  #placeOf(node: ts.Node): Place {
    const { line } = this.#source.getLineAndCharacterOfPosition(node.getStart(this.#source));
    return { file: this.#file, line: line + 1 };
  }
}

/** The numbers of the placeholders of a sentence: `{0}`. */
export function placeholders(sentence: string): number[] {
  const found = [...sentence.matchAll(/\{(\d+)\}/g)].map(([, number]) => Number(number));
  return [...new Set(found)].sort((a, b) => a - b);
}

/** Whether a node, or one around it, is one that is looked for. */
function isInside(node: ts.Node, isOne: (around: ts.Node) => boolean): boolean {
  return isOne(node) || (!ts.isSourceFile(node) && isInside(node.parent, isOne));
}

/** The text of a literal, or of literals that are joined by `+`; undefined if it is anything else. */
function literalText(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node)) return undefined;
  const [left, right] = [literalText(node.left), literalText(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** The words that stand in an expression itself, with gaps for what is put in. */
function writtenText(node: ts.Expression): string | undefined {
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  }
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [writtenText(node.left), writtenText(node.right)];
    return left === undefined && right === undefined ? undefined : `${left ?? '…'}${right ?? '…'}`;
  }
  return literalText(node);
}
