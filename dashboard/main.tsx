import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import { followOldLink } from './app/old-links.ts';
import { providePages } from './app/page-loader.ts';
import { PAGES } from './app/pages.ts';
import { Shell } from './app/shell.tsx';
import { applyTheme } from './app/theme.ts';
import { takeWelcome } from './app/welcome.ts';

providePages(PAGES);
applyTheme();
followOldLink();
takeWelcome();
const root = document.getElementById('app');
if (root === null) throw new Error('no element "app" in the page');
render(<Shell />, root);
