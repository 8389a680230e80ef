/** What each agent's model is shown, turn by turn. */
import { models, poem } from './poem.team.ts'

await poem.run({ task: 'A poem about wool.' })

for (const [name, { calls }] of Object.entries(models)) {
  console.log(`── ${name} ──`)
  for (const { messages } of calls) {
    const shown = messages.map((one) => ('content' in one ? one.content : ''))
    console.log(shown.join(' · '))
  }
}
const { critic } = (await poem.saveState()).speakers
if (critic && 'history' in critic) {
  console.log(`\nthe critic keeps ${critic.history.length} messages`)
}
