import { createServer } from 'node:net';

/** The wanted port if nobody listens there, else one that the system chooses. */
export async function freePortNear(wanted: number): Promise<number> {
  return (await isFree(wanted)) ? wanted : 0;
}

/** Whether nobody listens at this port; 0, which leaves the choice to the system, always is. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
