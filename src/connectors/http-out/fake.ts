/** A partner's HTTP API: it checks a token, gives back what it gets, and misbehaves by path. */
import { answer, startHttp, startTcp, type SeenRequest, type TestServer } from '../../sdk/testing/server.ts';

export interface FakePartner extends TestServer {
  seen: SeenRequest[];
}

/** `/echo` answers with the body; `/busy`, `/refused`, `/broken`, `/drop`, `/hang` do what they say. */
export async function startPartner(token: string): Promise<FakePartner> {
  return startHttp((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return answer(response, 401, { error: 'who are you?' });
    switch (request.url.split('?')[0]) {
      case '/busy': return answer(response, 429, { error: 'later' }, { 'retry-after': '7' });
      case '/refused': return answer(response, 422, { error: 'never' });
      case '/broken': return answer(response, 500, { error: 'oops' });
      case '/drop': return void response.socket?.destroy();
      case '/hang': return undefined;
      default: return answer(response, 200, request.body === '' ? '{}' : request.body);
    }
  });
}

/** Takes the connection and never says a word. */
export const startSilent = (): Promise<TestServer> => startTcp(() => undefined);
