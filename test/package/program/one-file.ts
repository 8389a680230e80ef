/**
 * A program whose agent is in the file that Node was started with, as when a bundler merged them.
 */
import { defineAgent, defineMessage, ThreadedRuntime } from 'heddle'

console.log('began')
const Entry = defineMessage('entry')
export const sealer = defineAgent(import.meta.url, {
  type: 'sealer',
  handlers: (on) => [on(Entry, () => {})],
})
await ThreadedRuntime.start({ lanes: 2, agents: [sealer] })
