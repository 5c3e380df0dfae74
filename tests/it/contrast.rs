//! What is drawn can be read on six palettes: the contrast of each cell, computed from real screens.

use airscope::ui::Theme;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::screens::Stage;

/// Foreground, background, then the sixteen colours in ANSI order.
const PALETTES: [(&str, &str); 6] = [
    (
        "dark",
        "c5c8c6 1d1f21 1d1f21 cc6666 b5bd68 f0c674 81a2be b294bb 8abeb7 c5c8c6 707880 ff8080 d7e08a ffe08a a2c8e8 d8b4e0 a8e0d8 ffffff",
    ),
    (
        "light",
        "2e3436 ffffff 2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf 888a85 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec",
    ),
    (
        "solarized-dark",
        "839496 002b36 073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
    ),
    (
        "solarized-light",
        "657b83 fdf6e3 073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
    ),
    (
        "gruvbox",
        "ebdbb2 282828 282828 cc241d 98971a d79921 458588 b16286 689d6a a89984 928374 fb4934 b8bb26 fabd2f 83a598 d3869b 8ec07c ebdbb2",
    ),
    (
        "xterm",
        "e5e5e5 000000 000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    ),
];

/// What faint text must reach, unless the palette's own default text does not reach it when it is faint.
const FAINT: f64 = 2.2;
/// What a border must reach.
const BORDER: f64 = 1.5;
/// What text must reach, unless the palette's own default text does not.
const TEXT: f64 = 4.5;
/// What a colour must reach. Which one it is was chosen by whoever made the palette; words that must be read have none.
const COLOUR: f64 = 2.5;

type Rgb = [f64; 3];

struct Palette {
    front: Rgb,
    back: Rgb,
    colours: Vec<Rgb>,
}

impl Palette {
    fn parse(text: &str) -> Palette {
        let rgb = |hex: &str| {
            [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()))
        };
        let all: Vec<Rgb> = text.split(' ').map(rgb).collect();
        Palette {
            front: all[0],
            back: all[1],
            colours: all[2..].to_vec(),
        }
    }

    fn colour(&self, colour: Color, default: Rgb) -> Rgb {
        let at = match colour {
            Color::Reset => return default,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Magenta => 5,
            Color::Cyan => 6,
            other => panic!("{other:?} is not to be read on every palette"),
        };
        self.colours[at]
    }

    /// Returns the colours of a cell as a terminal shows them: faint is half way to the background.
    fn of(&self, cell: &Cell) -> (Rgb, Rgb) {
        let (mut front, mut back) = (
            self.colour(cell.fg, self.front),
            self.colour(cell.bg, self.back),
        );
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut front, &mut back);
        }
        if cell.modifier.contains(Modifier::DIM) {
            front = half(front, back);
        }
        (front, back)
    }
}

fn half(one: Rgb, other: Rgb) -> Rgb {
    [0, 1, 2].map(|at| (one[at] + other[at]) / 2.0)
}

/// Returns the contrast of two colours as WCAG computes it.
fn contrast((one, other): (Rgb, Rgb)) -> f64 {
    let luminance = |colour: Rgb| {
        let linear = colour.map(|part| match part / 255.0 {
            part if part <= 0.03928 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

fn is_filled(cell: &Cell) -> bool {
    cell.bg != Color::Reset || cell.modifier.contains(Modifier::REVERSED)
}

/// Returns the contrast that a cell must have.
fn wanted(cell: &Cell, palette: &Palette) -> f64 {
    let is_line = cell
        .symbol()
        .chars()
        .all(|symbol| ('\u{2500}'..='\u{257f}').contains(&symbol));
    let plain = (palette.front, palette.back);
    if is_line {
        BORDER
    } else if cell.modifier.contains(Modifier::DIM) {
        assert!(!is_filled(cell), "faint text on a filled row: {cell:?}");
        FAINT.min(contrast((half(plain.0, plain.1), plain.1)))
    } else if cell.fg != Color::Reset && !is_filled(cell) {
        COLOUR
    } else {
        TEXT.min(contrast(plain))
    }
}

fn check(name: &str, buffer: &Buffer) {
    for (palette_name, palette) in PALETTES {
        let palette = Palette::parse(palette);
        for cell in &buffer.content {
            if cell.symbol().trim().is_empty() {
                continue;
            }
            let (is, wanted) = (contrast(palette.of(cell)), wanted(cell, &palette));
            assert!(
                is >= wanted - 0.001,
                "{name} on {palette_name}: {is:.2} instead of {wanted:.2}: {cell:?}"
            );
        }
    }
}

/// What is typed to come to each screen, from a list of issues that was received.
const SCREENS: [(&str, &str); 26] = [
    ("page", ""),
    ("tree", "ljj"),
    ("search", "/ada<Enter>"),
    ("table", "fvjl"),
    ("record beside the table", "fv<Enter>"),
    ("text", "fvv"),
    ("marks", "j<Space>jV"),
    ("metadata", "t"),
    ("filter", "|nope"),
    ("fields", "F"),
    ("paths", "@"),
    ("paging", "P"),
    ("all pages", "}"),
    ("ledger", "}yL"),
    ("help", "?"),
    ("palette", ":"),
    ("copy", "y"),
    ("export", "E"),
    ("form", "<Tab><Tab>jjj"),
    ("connectors", "<Tab>"),
    ("attachments", "a"),
    ("downloads", "w"),
    ("menu", "x"),
    ("decoder", "ljD"),
    ("calls", "m"),
    ("details", "<Tab>i"),
];

#[test]
fn every_screen_is_to_be_read_on_six_palettes() {
    for (name, typed) in SCREENS {
        let mut stage = Stage::issues();
        stage.keys("<F5>").answer().keys(typed).answer();
        for size in [(120, 36), (80, 24), (40, 12), (200, 50)] {
            check(name, stage.paint(size).buffer());
        }
    }
    let others: [(&str, Stage, &str); 4] = [
        ("first screen", Stage::open(None), ""),
        ("field", Stage::issues(), "jjjjj<Enter><BS>ten"),
        ("editor", Stage::issues(), "jjjj<Enter>"),
        ("question", Stage::issues(), "j<Enter>create<Enter><F5>"),
    ];
    for (name, mut stage, typed) in others {
        stage.answer().keys(typed).answer();
        check(name, stage.paint((120, 36)).buffer());
    }
}

#[test]
fn without_colour_there_is_none_and_nothing_faint_is_filled() {
    for (name, typed) in SCREENS {
        let mut stage = Stage::issues();
        stage.keys("<F5>").answer().keys(typed).answer();
        let screen = stage.paint_in(Theme::Plain, (120, 36));
        for cell in &screen.buffer().content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}");
            assert!(
                !(is_filled(cell) && cell.modifier.contains(Modifier::DIM)),
                "{name}: {cell:?}"
            );
        }
    }
}
