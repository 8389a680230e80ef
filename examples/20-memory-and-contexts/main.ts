/** What a model is shown: which part of the history, and which memories. */
import { showContexts } from './contexts.ts'
import { showMemories } from './memories.ts'

await showContexts()
console.log()
await showMemories()
