/** A program of the AI SDK alone, whose tools compute on another core. */
import { generateText, stepCountIs } from 'ai'
import { startToolPool } from 'heddle/tools' // line 1
import { model } from './model.ts'
import { countPrimes, largestPrime } from './primes.tools.ts'

const pool = startToolPool({ threads: 2 }) // line 2; default: a thread per core
const tools = {
  count_primes: pool.aiSdkTool(countPrimes), // line 3, for each tool
  largest_prime: pool.aiSdkTool(largestPrime),
}

let beats = 0
const heart = setInterval(() => beats++, 10)
try {
  await ask('How many primes are below four million?')
  await ask('What is the largest prime?')
} finally {
  clearInterval(heart)
  await pool.stop()
}

async function ask(prompt: string): Promise<void> {
  const before = beats
  const { text } = await generateText({ model, prompt, tools, stopWhen: stepCountIs(2) })
  console.log(`user: ${prompt}`)
  console.log(`model: ${text}`)
  console.log(`the heart went on beating: ${beats - before >= 10}\n`)
}
