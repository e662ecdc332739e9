import { messages } from '../i18n/language.ts';

export const texts = messages({
  runs: { en: 'Enter runs it, Shift+Enter begins a line', zh: '回车执行，Shift+回车换行' },
  example: { en: 'host_cpu_usage_percent', zh: 'host_cpu_usage_percent' },
  at: {
    en: (line: number, column: number) => `Line ${line}, column ${column}: `,
    zh: (line: number, column: number) => `第 ${line} 行第 ${column} 列：`,
  },
});
