/** Where the parts of the page are, as addresses that the page may load. */
export interface PageParts {
  /** What the page may load its styles and scripts from. */
  readonly cspSource: string;
  readonly script: string;
  readonly styles: readonly string[];
  /** The module with the widgets; the page also works without it. */
  readonly toolkit: string;
}

export interface PageOptions extends PageParts {
  /** The id of its main part. */
  readonly name: string;
  /** Fresh for each page. */
  readonly nonce: string;
  /** Language tag of the words. */
  readonly language: string;
  readonly title: string;
  /** Said until the page draws itself. */
  readonly loading: string;
  /** Whether images of other servers may be fetched. */
  readonly images: boolean;
}

/** The document of a page: it holds nothing of what is shown, which comes as a message. */
export function pageHtml(options: PageOptions): string {
  const { name, script, styles, toolkit, nonce, language, title, loading } = options;
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy(options))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}</title>
${styles.map((style) => `<link rel="stylesheet" href="${escape(style)}">`).join('\n')}
</head>
<body>
<main id="${escape(name)}" aria-busy="true" data-toolkit="${escape(toolkit)}"><p class="quiet">${escape(loading)}</p></main>
<p id="said" role="status"></p>
<p id="phases" role="status"></p>
<script type="module" nonce="${escape(nonce)}" src="${escape(toolkit)}"></script>
<script nonce="${escape(nonce)}" src="${escape(script)}"></script>
</body>
</html>
`;
}

function policy({ cspSource, nonce, images }: PageOptions): string {
  return [
    "default-src 'none'",
    `img-src ${cspSource}${images ? ' https:' : ''}`,
    `style-src ${cspSource}`,
    `script-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
