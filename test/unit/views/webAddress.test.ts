import assert from 'node:assert/strict';
import { isWebAddress, withoutLogin } from '../../../src/views/webAddress.ts';

describe('An address in the settings', () => {
  it('is one of the web', () => {
    assert.ok(isWebAddress('https://hub.example/a'));
    assert.ok(isWebAddress('http://127.0.0.1:8080'));
    for (const text of ['', 'hub.example', 'file:///etc/passwd', 'javascript:alert(1)']) {
      assert.ok(!isWebAddress(text), text);
    }
  });

  it('is used without the password in it', () => {
    assert.equal(withoutLogin('https://joe:p@ss@hub.example/a@b'), 'https://hub.example/a@b');
    assert.equal(
      withoutLogin('published:https://joe:secret@models.example/list#key=public'),
      'published:https://models.example/list#key=public',
    );
    for (const same of ['hf:janhq', 'cortex', 'https://hub.example/a?b=c@d', 'http://[::1]:80/']) {
      assert.equal(withoutLogin(same), same);
    }
  });
});
