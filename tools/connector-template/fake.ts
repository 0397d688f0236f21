/** The new system as its documents describe it: it checks the token, gives back what it gets, and misbehaves by path. */
import { answer, startHttp, type SeenRequest, type TestServer } from '../../src/sdk/testing/server.ts';

export async function startSystem(token: string): Promise<TestServer & { seen: SeenRequest[] }> {
  return startHttp((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return answer(response, 401, { error: 'unknown token' });
    switch (request.url) {
      case '/busy': return answer(response, 429, { error: 'later' }, { 'retry-after': '3' });
      case '/refused': return answer(response, 400, { error: 'never' });
      case '/drop': return void response.socket?.destroy();
      case '/hang': return undefined;
      default: return answer(response, 200, request.body === '' ? '{}' : request.body);
    }
  });
}
