import assert from 'node:assert/strict';
import type { LinkState } from '../../../../src/sync/http/linkQuality.ts';
import type { NetworkSettings } from '../../../../src/sync/http/network.ts';
import { CONNECTIONS } from '../../../../src/sync/http/undiciTransport.ts';
import type { ForwardProxy } from '../../../support/forwardProxy.ts';
import { startForwardProxy } from '../../../support/forwardProxy.ts';
import { assertFailure } from '../../support/assertSyncError.ts';
import { endpointsOf, sourcesOf, useEngine } from '../../support/useEngine.ts';
import { useSharedHub } from '../../support/useHub.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';

describe('The network of an engine', () => {
  const hub = useSharedHub({ models: 40 });
  const rig = useEngine(hub);
  let proxy: ForwardProxy;

  beforeEach(async () => {
    proxy = await startForwardProxy({
      hosts: { 'hub.example:80': Number(new URL(hub().url).port) },
    });
  });
  afterEach(() => proxy.close());

  const behind = (): NetworkSettings => ({
    systemCertificates: false,
    proxy: { url: proxy.url, noProxy: [], strictSsl: true },
  });
  /** The hub, under a name that only the proxy knows. */
  const farAway = () => ({
    ...endpointsOf(hub()),
    huggingFace: 'http://hub.example',
    janCatalogue: 'http://hub.example/janhq/model-catalog/main',
  });

  it('is a few connections for all sources together', async () => {
    const { engine } = rig();
    const { sources } = await engine.sync({ reason: 'manual', sources: sourcesOf(hub()) });
    for (const { error } of sources) assert.equal(error, undefined);
    const { requests, connections } = hub().stats().total;
    assert.ok(requests > CONNECTIONS && connections <= CONNECTIONS, `${connections} connections`);
  });

  it('goes through the proxy of the settings', async () => {
    const at = rig({ settings: { endpoints: farAway(), network: behind() } });
    assert.equal((await at.sync(HF)).error, undefined);
    assert.equal(at.dump(HF), hub().truth(HF));
    assert.ok(proxy.requests.length > 0);
  });

  it('changes while the engine runs, and the link is known anew', async () => {
    const at = rig({ settings: { endpoints: farAway(), network: { systemCertificates: false } } });
    const states: LinkState[] = [];
    at.engine.link.onDidChange(({ state }) => states.push(state));
    assertFailure((await at.sync(HF)).error, 'offline');
    assertFailure((await at.sync(JAN)).error, 'offline');
    assert.deepEqual(states, ['offline']);
    at.engine.configure({ sources: [], tokens: {}, endpoints: farAway(), network: behind() });
    assert.deepEqual(states, ['offline', 'normal']);
    assert.equal((await at.sync(HF)).error, undefined);
    assert.equal(at.engine.link.state, 'normal');
  });

  it('names the command for tokens only where it is the one that helps', async () => {
    const huggingFace = endpointsOf(hub()).huggingFace.replace('127.0.0.1', 'localhost');
    const at = rig({ settings: { endpoints: { ...endpointsOf(hub()), huggingFace } } });
    hub().setFaults({ requireToken: true });
    const [hf, jan] = [await at.sync(HF), await at.sync(JAN)];
    assertFailure(hf.error, 'unauthorised', /Set Hugging Face Token…/);
    assertFailure(jan.error, 'unauthorised', /does not let us in/);
    assert.doesNotMatch(jan.error?.message ?? '', /Hugging Face/);
  });
});
