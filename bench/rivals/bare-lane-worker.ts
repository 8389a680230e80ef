/** Loads what a lane's thread must load before it can do anything, and nothing else. */
import { parentPort } from 'node:worker_threads'
import 'heddle/lane'
import '../agents/reader.agent.ts'

parentPort?.postMessage('ready')
