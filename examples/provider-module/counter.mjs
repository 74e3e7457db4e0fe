import { defineProvider, defineResource } from 'setpoint/provider';

const shop = defineProvider({
  name: 'shop',
  settings: { currency: { type: 'string', required: true }, key: { type: 'string', required: true, sensitive: true } },
  configure: (settings) => ({ price: (amount) => `${amount} ${settings.currency}` }),
});

const order = defineResource({
  type: 'Example::Shop::Order',
  description: 'An order of some goods.',
  provider: shop,
  effects: false,
  properties: { goods: { type: 'string', required: true }, amount: { type: 'integer', default: 1, update: 'in-place' } },
  attributes: { price: { type: 'string' } },
  create: async (call) => ({ physicalId: `order-of-${call.properties.goods}`, attributes: { price: call.settings.price(call.properties.amount) } }),
  update: async (call) => ({ physicalId: call.physicalId, attributes: { price: call.settings.price(call.properties.amount) } }),
});

export default [order];
