import assert from 'node:assert/strict';
import {
  compareAddress,
  modelAddress,
  modelFolder,
  resolveImage,
  resolveLink,
} from '../../../src/views/details/links.ts';
import { pageHtml } from '../../../src/views/webview/pageHtml.ts';

const options = {
  cspSource: 'https://csp.example',
  script: 'https://csp.example/dist/page.js',
  name: 'details',
  styles: ['https://csp.example/media/details.css'],
  toolkit: 'https://csp.example/dist/vendor/toolkit.min.js',
  nonce: 'NONCE',
  language: 'de',
  title: '"><script>alert(1)</script>',
  loading: 'Loading…',
  images: false,
};

describe('document of the details page', () => {
  it('has a strict policy', () => {
    const html = pageHtml(options);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    assert.match(policy, /^default-src 'none'; img-src https:\/\/csp\.example; /);
    assert.match(policy, /script-src 'nonce-NONCE'/);
    assert.doesNotMatch(policy, /unsafe|https:;|https: |\*/);
  });

  it('lets images of other servers in only when asked', () => {
    assert.match(pageHtml({ ...options, images: true }), /img-src https:\/\/csp\.example https:;/);
  });

  it('escapes what is put into it, and names its language', () => {
    const html = pageHtml(options);
    assert.doesNotMatch(html, /<script>/);
    assert.match(html, /<html lang="de">/);
  });
});

describe('links of the details page', () => {
  const base = modelFolder('https://hub.example/mirror', 'janhq/Jan v1', 'blob', 'refs/pr/1');

  it('are meant from the repository at the revision', () => {
    assert.equal(base, 'https://hub.example/mirror/janhq/Jan%20v1/blob/refs%2Fpr%2F1/');
    assert.equal(resolveLink('./LICENSE', base), `${base}LICENSE`);
    assert.equal(modelAddress('http://127.0.0.1:1/', 'a/b'), 'http://127.0.0.1:1/a/b');
    for (const id of ['//evil.example/b', '///b', '///<b>', '//:/b']) {
      assert.equal(new URL(modelAddress('https://hub.example', id)).host, 'hub.example', id);
    }
    assert.equal(
      compareAddress('https://hub.example/mirror', 'a/b', '1', '2'),
      'https://hub.example/mirror/api/models/a/b/compare/1..2?raw=true',
    );
  });

  it('open web pages and mail only', () => {
    assert.equal(resolveLink('https://jan.ai', base), 'https://jan.ai/');
    assert.equal(resolveLink('mailto:a@jan.ai', base), 'mailto:a@jan.ai');
    for (const bad of ['javascript:alert(1)', 'data:,x', 'command:x', 'file:///x', 'http://']) {
      assert.equal(resolveLink(bad, base), undefined, bad);
    }
  });

  it('fetch images by https only', () => {
    assert.equal(resolveImage('a.png', base), `${base}a.png`);
    for (const bad of ['http://a.example/a.png', 'data:image/png;base64,A', 'mailto:a@jan.ai']) {
      assert.equal(resolveImage(bad, base), undefined, bad);
    }
  });
});
