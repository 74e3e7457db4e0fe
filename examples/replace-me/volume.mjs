import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { defineResource, replaceMe } from 'setpoint/provider';

const pathOf = (token) => `volumes/${token}`;

/** A volume that can grow where it is. Whether it can shrink is known only after trying. */
const volume = defineResource({
  type: 'Example::Volume',
  description: 'Blocks in a file.',
  host: 'local',
  properties: { blocks: { type: 'integer', required: true, update: 'in-place' } },
  attributes: { blocks: { type: 'integer' } },
  async create(call) {
    await mkdir('volumes', { recursive: true });
    await writeFile(pathOf(call.token), '#'.repeat(call.properties.blocks));
    return { physicalId: `volume-${call.token}`, attributes: { blocks: call.properties.blocks }, state: call.token };
  },
  async find(call) {
    const there = await readFile(pathOf(call.token), 'utf8').catch(() => null);
    return there === null ? { presence: 'absent' } : { presence: 'present', complete: false, physicalId: `volume-${call.token}` };
  },
  async update(call) {
    const { length } = await readFile(pathOf(call.state), 'utf8');
    await appendFile(pathOf(call.state), '#'.repeat(Math.max(0, call.properties.blocks - length)));
    if (call.properties.blocks < length) return replaceMe(`it has ${length} blocks and can not shrink`);
    return { physicalId: call.physicalId, attributes: { blocks: call.properties.blocks } };
  },
  async delete(call) {
    await rm(pathOf(call.state ?? call.token), { force: true });
  },
});

export default [volume];
