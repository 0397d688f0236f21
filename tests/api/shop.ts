/** The documents of a small shop: what tests of the server send messages to. */
export const shop = {
  templates: [
    'kind: Template\nname: Order\nattributes:\n  number: {type: text, required: true, unique: true}\n  client: text\n  goods: text\n  count: number\n',
    'kind: Template\nname: Call\nattributes:\n  text: {type: text}\n',
  ],
  connections: [
    'kind: Connection\nname: shopIn\ntype: http-in\nproperties: {path: shop, auth: basic}\n',
    'kind: Connection\nname: openIn\ntype: http-in\nproperties: {path: открыто, auth: none}\n',
    'kind: Connection\nname: tokenIn\ntype: http-in\nproperties: {path: token, auth: bearer, token: "${secret:shop-token}"}\n',
    'kind: Connection\nname: offIn\ntype: http-in\nenabled: false\nproperties: {path: off, auth: basic}\n',
    'kind: Connection\nname: partner\ntype: loopback\n',
    'kind: Connection\nname: closedPartner\ntype: loopback\n',
  ],
  routes: [
    `kind: Route
name: uploadData
connection: shopIn
operation: receive
properties: {path: uploadData, methods: [POST]}
keys: {business: {first: "=List[0].Item.No"}}
request:
  List:
    type: object
    array: true
    required: true
    fields:
      Item: {type: object, required: true, fields: {Client: {type: string, required: true}, No: {type: integer, required: true}, Goods: string}}
response: {HasErrors: boolean, ResponseDescription: string}
errorResponse: {body: {HasErrors: true, ResponseDescription: =failure.message}}
`,
    'kind: Route\nname: plain\nconnection: shopIn\noperation: receive\nproperties: {path: plain}\nrequest: {number: {type: string, required: true}, total: {type: decimal, required: true}}\nresponse: {accepted: boolean, number: string}\n',
    'kind: Route\nname: open\nconnection: openIn\noperation: receive\nproperties: {path: "", methods: [POST, PUT]}\nrequest: {text: string}\n',
    'kind: Route\nname: byToken\nconnection: tokenIn\noperation: receive\nproperties: {path: calls}\nrequest: {text: string}\n',
    'kind: Route\nname: offRoute\nconnection: shopIn\noperation: receive\nenabled: false\nproperties: {path: offRoute}\nrequest: {text: string}\n',
    'kind: Route\nname: onOff\nconnection: offIn\noperation: receive\nproperties: {path: orders}\nrequest: {text: string}\n',
    'kind: Route\nname: noScenario\nconnection: shopIn\noperation: receive\nproperties: {path: noScenario}\nrequest: {text: string}\n',
    'kind: Route\nname: ackFirst\nconnection: shopIn\noperation: receive\nproperties: {path: ack, reply: ack}\nrequest: {text: string}\n',
    'kind: Route\nname: slow\nconnection: shopIn\noperation: receive\nproperties: {path: slow}\nrequest: {text: string}\n',
    'kind: Route\nname: refusing\nconnection: closedPartner\noperation: call\nproperties: {fail: connection.refused}\nretry: {attempts: 1, firstMs: 10, maxMs: 10}\nrequest: {text: string}\n',
    'kind: Route\nname: waiting\nconnection: partner\noperation: call\nproperties: {delayMs: 20000}\nrequest: {text: string}\nresponse: {text: string}\n',
    'kind: Route\nname: asking\nconnection: partner\noperation: call\nrequest: {text: string}\nresponse: {text: string}\n',
  ],
  scenarios: [
    `kind: Scenario
name: takeUpload
on: {message: uploadData}
runAs: system
steps:
  - forEach:
      in: =message.List
      as: row
      steps:
        - create: {template: Order, set: {number: "=$string(row.Item.No)", client: =row.Item.Client, goods: =row.Item.Goods}}
  - return: {response: {HasErrors: false, ResponseDescription: ok}}
`,
    'kind: Scenario\nname: takePlain\non: {message: plain}\nrunAs: system\nsteps:\n  - create: {template: Order, set: {number: =message.number}}\n',
    'kind: Scenario\nname: takeOpen\non: {message: open}\nrunAs: system\nsteps:\n  - create: {template: Call, set: {text: =message.text}}\n',
    'kind: Scenario\nname: takeToken\non: {message: byToken}\nrunAs: system\nsteps:\n  - create: {template: Call, set: {text: =message.text}}\n',
    'kind: Scenario\nname: takeOffRoute\non: {message: offRoute}\nrunAs: system\nsteps:\n  - create: {template: Call, set: {text: =message.text}}\n',
    'kind: Scenario\nname: takeOnOff\non: {message: onOff}\nrunAs: system\nsteps:\n  - create: {template: Call, set: {text: =message.text}}\n',
    'kind: Scenario\nname: takeAck\non: {message: ackFirst}\nrunAs: system\nsteps:\n  - create: {template: Call, set: {text: =message.text}}\n  - send: {route: refusing, message: {text: =message.text}}\n',
    'kind: Scenario\nname: takeSlow\non: {message: slow}\nrunAs: system\nsteps:\n  - send: {route: waiting, message: {text: =message.text}, response: answer}\n  - create: {template: Call, set: {text: =answer.text}}\n',
    'kind: Scenario\nname: byHand\non: {manual: Order}\nsteps:\n  - validate: {that: "=context.count != 0", else: Нечего отгружать}\n  - set: {goods: отгружено}\n',
    'kind: Scenario\nname: asks\non: {api: true}\nrunAs: system\nsteps:\n  - send: {route: asking, message: {text: =text}, response: answer}\n  - create: {template: Call, set: {text: =answer.text}}\n  - return: {response: {said: =answer.text}}\n',
    'kind: Scenario\nname: hangs\non: {api: true}\nrunAs: system\nsteps:\n  - send: {route: waiting, message: {text: x}, response: answer}\n',
  ],
};

export const allOfShop: readonly string[] = [...shop.templates, ...shop.connections, ...shop.routes, ...shop.scenarios];
