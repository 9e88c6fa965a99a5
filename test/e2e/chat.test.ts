import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import { ModelServer } from '../support/modelServer.ts';
import { ChatView, withChat } from './chatView.ts';
import { useWorkbench } from './workbench.ts';

const MODEL = 'tiny-chat';
const never = new Promise<never>(() => undefined);
/** Free while nobody else takes it: the settings have to name it before the server is there. */
const server = await ModelServer.start(`/models/${MODEL}.gguf`);

after(() => server[Symbol.asyncDispose]());

describe('A running model in the chat', () => {
  const workbench = useWorkbench(
    withChat({ 'modelHub.servers': [server.url], 'modelHub.chat.patience': 5 }),
  );
  let chat: ChatView;

  it('is there once the user offers it, and no other is', async () => {
    const { window } = workbench();
    await window.openSidebar();
    const row = window.installedItem(/ · llama\.cpp · running/);
    // A server that did not answer in time is asked again half a minute later.
    await row.waitFor({ timeout: 60_000 });
    chat = await ChatView.open(window);
    assert.deepEqual(
      (await chat.offered()).filter((name) => name.includes(MODEL)),
      [],
    );
    const offer = window.page.getByRole('dialog').getByRole('button', { name: 'Offer' });
    await window.chooseFromMenu(row, 'Offer in Chat', offer);
    await offer.click();
    await window.installedItem(/ · llama\.cpp · running · in the chat/).waitFor();
    await chat.model(MODEL).waitFor();
    const names = await chat.offered();
    assert.equal(names.filter((name) => name.includes(MODEL)).length, 1, names.join());
    assert.ok(!names.some((name) => name.includes('deepseek')), names.join());
  });

  it('answers word by word', async () => {
    const rest = Promise.withResolvers<undefined>();
    server.answer(
      { say: 'Once **upon**' },
      { wait: rest.promise },
      { say: ' a time.' },
      { finish: 'stop' },
    );
    await chat.ask('Tell me a story');
    await chat.answer.getByText('Once upon', { exact: true }).waitFor();
    rest.resolve(undefined);
    await chat.answer.getByText('Once upon a time.').waitFor();
    const { model, messages } = server.asked.at(-1)!.body;
    assert.equal(model, `/models/${MODEL}.gguf`);
    assert.deepEqual(messages, [{ role: 'user', content: 'Tell me a story' }]);
  });

  it('says so when its answer breaks off', async () => {
    const seen = Promise.withResolvers<undefined>();
    server.answer({ say: 'The end is' }, { wait: seen.promise }, { breakOff: true });
    await chat.ask('How does it end?');
    await chat.answer.getByText('The end is').waitFor();
    seen.resolve(undefined);
    await chat.answer.getByText(/answer of llama\.cpp broke off.*Ask again/).waitFor();
  });

  it('says so when it falls silent', async () => {
    server.answer({ say: 'Let me' }, { wait: never });
    await chat.ask('What comes next?');
    await chat.answer.getByText('Let me').waitFor();
    await chat.answer.getByText(/llama\.cpp has said nothing for 5 seconds/).waitFor();
    await server.asked.at(-1)!.givenUp;
  });

  it('works no more once the answer is stopped', async () => {
    server.answer({ say: 'On and on' }, { wait: never });
    await chat.ask('Talk for ever');
    await chat.answer.getByText('On and on').waitFor();
    await chat.stop();
    await server.asked.at(-1)!.givenUp;
  });

  it('has tools used, and is told what they came to', async () => {
    server.answer(
      { call: { id: 'w1', name: 'weather', arguments: '{"pla' } },
      { call: { arguments: 'ce":"Kyiv"}' } },
      { finish: 'tool_calls' },
    );
    server.answer({ say: 'Take an umbrella.' }, { finish: 'stop' });
    await chat.ask('Is the weather fine?');
    await chat.answer.getByText('Take an umbrella.').waitFor();
    const { messages, tools } = server.asked.at(-1)!.body;
    assert.equal(tools?.length, 1);
    assert.deepEqual(messages.at(-1), {
      role: 'tool',
      tool_call_id: 'w1',
      content: 'Rain in Kyiv',
    });
  });

  it('counts its tokens itself where its runtime can', async () => {
    await chat.ask('count the tokens of this');
    await chat.answer.getByText('5 tokens', { exact: true }).waitFor();
  });

  it('is gone once the user does not offer it any more', async () => {
    const { window } = workbench();
    const offered = window.installedItem(/ · in the chat/);
    await window.chooseFromMenu(offered, 'Do Not Offer in Chat', { gone: offered });
    await eventually(async () => !(await chat.offered()).some((name) => name.includes(MODEL)));
  });
});

describe('A model of Cortex in the chat', () => {
  const workbench = useWorkbench(withChat({ 'modelHub.chat.enabled': true }));

  it('is started by the first question, which its row shows', async () => {
    const { hub, window } = workbench();
    const control = new HubControl(hub.url);
    await window.openSidebar();
    const row = window.installedItem(/ · Cortex$/);
    await row.waitFor();
    const offered = window.installedItem(/ · Cortex · in the chat/);
    await window.chooseFromMenu(row, 'Offer in Chat', offered);
    const chat = await ChatView.open(window);
    await chat.model('deepseek').waitFor();
    await control.setFaults({ hold: true, match: 'cortex-start' });
    await chat.ask('Are you there?');
    await window.installedItem(/ · Cortex · starting…/).waitFor();
    await window.page.locator('.statusbar').getByText('Starting deepseek').waitFor();
    await control.setFaults();
    await chat.answer.getByText('You said: Are you there?').waitFor();
    const running = window.installedItem(/ · Cortex · running/);
    await running.waitFor();
    await window.clickInRow(running, 'Stop', { gone: running });
  });

  it('is not started by itself if it does not fit, and by the user after a word', async () => {
    const { session, window } = workbench();
    const folder = path.join(session.server.userData, 'Machine');
    await mkdir(folder, { recursive: true });
    const said = { 'modelHub.hardware.ramGigabytes': 1 };
    await writeFile(path.join(folder, 'settings.json'), JSON.stringify(said));
    await window.treeItem(/^phi4.*Too big/).waitFor();
    const chat = await ChatView.open(window);
    await chat.ask('And now?');
    await chat.answer.getByText(/does not fit this machine\. It needs ≈ .*smaller model/).waitFor();
    const dialog = window.page.getByRole('dialog');
    const question = dialog.getByText(/does not fit this machine/);
    await window.clickInRow(window.installedItem(/ · Cortex · in the chat/), 'Start', question);
    await dialog.getByRole('button', { name: 'Start Anyway' }).click();
    await window.installedItem(/ · Cortex · running/).waitFor();
    await chat.ask('Still here?');
    await chat.answer.getByText('You said: Still here?').waitFor();
  });
});
