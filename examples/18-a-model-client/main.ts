/**
 * An assistant whose model is behind HTTP. It uses a tool and streams its answer. Then the provider
 * refuses a call, and another call is aborted.
 */
import { assistantAgent, printRun, tool } from 'heddle/agentchat'
import { z } from 'zod'
import { httpModel } from './http-model.ts'
import { startProvider } from './provider.ts'

const forecast = tool({
  name: 'forecast',
  description: 'The weather of tomorrow in a city.',
  parameters: z.object({ city: z.string() }),
  run: ({ city }) => `rain in ${city}`,
})

const provider = await startProvider()
try {
  const guide = assistantAgent({
    name: 'guide',
    model: httpModel({ url: provider.url, model: 'small-1', apiKey: 'none' }),
    tools: [forecast],
    reflect: 'after-tools', // the model is called again, with the results
    stream: 'chunks',
  })
  await printRun(guide.runStream({ task: 'What do I need in Vienna?' }), { totals: 'hidden' })

  const failed = await guide.run({ task: 'Are you busy?' })
  console.log(`\n${failed.stopReason.kind}: ${failed.stopReason.text}`)

  const patience = new AbortController()
  const asked = guide.run({ task: 'Why are you silent?', signal: patience.signal })
  await provider.silent
  patience.abort('nobody waits for it any more')
  console.log(`\n${(await asked).stopReason.text}`)
  await provider.left
  console.log('its connection is closed')
} finally {
  provider.stop()
}
