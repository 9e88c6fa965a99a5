import assert from 'node:assert/strict';
import { redactor, withoutSecrets } from '../../../src/sync/redaction.ts';

describe('A text without secrets', () => {
  for (const [what, text, clean] of [
    ['a password in an address', 'ask http://joe:pa55@proxy:80/a now', 'ask http://proxy:80/a now'],
    ['a password with an @', 'socks5://joe:p@ss@proxy.example', 'socks5://proxy.example'],
    [
      'a signed address',
      '"https://cdn.example/x?Expires=1&Signature=abc" ',
      '"https://cdn.example/x" ',
    ],
    [
      'a signed path',
      'GET /x?X-Amz-Signature=abc&X-Amz-Date=1',
      'GET /x?X-Amz-Signature=…&X-Amz-Date=…',
    ],
    ['a header', 'authorization: Bearer abc.def-123456', 'authorization: Bearer …'],
    ['a log-in for a proxy', 'Basic am9lOnNlY3JldA==', 'Basic …'],
    ['a token of the Hub', 'rejected hf_abcdefgh1234.', 'rejected hf_….'],
  ] as const) {
    it(`has lost ${what}`, () => assert.equal(withoutSecrets(text), clean));
  }

  it('stays as it is where it holds none', () => {
    const text =
      'hf:janhq: 3 of 12 models (HTTP 429?) at https://huggingface.co/api/models#a, basic use; ' +
      'mail jan@example.org about "hf_hub"';
    assert.equal(withoutSecrets(text), text);
  });
});

describe('A text for a log', () => {
  let redact: (text: string) => string;
  beforeEach(() => {
    redact = redactor({
      storage: '/home/joe doe/.config/editor/modelHub',
      home: '/home/joe doe',
      temporary: '/tmp/',
    });
  });

  for (const [text, clean] of [
    ['/home/joe doe/.config/editor/modelHub/catalogue.db', '<storage>/catalogue.db'],
    ["open '/home/joe doe/models/a.gguf'", "open '~/models/a.gguf'"],
    ['file:///home/joe%20doe/models', 'file:~/models'],
    ['//home//joe doe//models', '~//models'],
    ['/home/joe doer/models', '/home/<user> doer/models'],
    ['/tmp/model-hub-x/catalogue.db', '<temporary>/model-hub-x/catalogue.db'],
    [
      '/media/joe/disk/a.gguf and C:\\Users\\Joe\\a',
      '/media/<user>/disk/a.gguf and C:\\Users\\<user>\\a',
    ],
    ['https://huggingface.co/home/users.gguf', 'https://huggingface.co/home/users.gguf'],
  ] as const) {
    it(`says ${clean}`, () => assert.equal(redact(text), clean));
  }

  it('says where things are on Windows no better', () => {
    const windows = redactor({
      storage: 'C:\\Users\\Joe\\AppData\\modelHub',
      home: 'C:\\Users\\Joe',
      temporary: 'C:\\Users\\Joe\\AppData\\Local\\Temp',
    });
    assert.equal(windows('c:/users/joe/AppData/modelHub/x'), '<storage>/x');
    assert.equal(windows('"C:\\\\Users\\\\Joe\\\\models"'), '"~\\\\models"');
  });

  it('keeps its text where the home folder is the root', () => {
    const root = redactor({ storage: '/data', home: '/', temporary: '/' });
    assert.equal(root('/srv/a and /data/b'), '/srv/a and <storage>/b');
  });
});
