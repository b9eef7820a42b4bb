//! What is drawn: objects with keys, names and shapes.

use super::space::Zoom;

/// One picture of the World.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scene {
    pub width: i32,
    pub height: i32,
    /// The height of the ground line.
    pub ground: i32,
    pub zoom: Zoom,
    /// Its accessible name.
    pub label: String,
    /// Host, earth and captions: drawn first, no objects.
    pub backdrop: Vec<Shape>,
    /// In the order in which they are drawn.
    pub zones: Vec<Zone>,
}

impl Scene {
    /// All objects, in the order in which they are drawn.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.zones.iter().flat_map(|zone| &zone.objects)
    }

    /// Marks an object, or the group that holds it, for a text that speaks of it.
    pub fn mark(&mut self, key: &str, class: &str) {
        let objects = self.zones.iter_mut().flat_map(|zone| &mut zone.objects);
        let meant = |object: &&mut Object| object.key == key || object.holds.iter().any(|held| held == key);
        objects.filter(meant).for_each(|object| object.class.push_str(&format!(" {class}")));
    }

    pub fn object(&self, key: &str) -> Option<&Object> {
        self.objects().find(|object| object.key == key)
    }
}

/// Objects that belong together. A zone without a name is decoration.
#[derive(Clone, PartialEq, Debug)]
pub struct Zone {
    pub key: &'static str,
    pub label: String,
    pub objects: Vec<Object>,
}

/// What an object is. It gives the class that styles and moves it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Shelf,
    Layer,
    Fold,
    Image,
    Container,
    Ghosts,
    Writable,
    Group,
    Chip,
    Band,
    Network,
    Leg,
    Volume,
    Mount,
    Port,
    Socket,
    Browser,
    Note,
    /// Of a build: a plate, a stage's name, its image's flag, an arrow, what broke the cache.
    Step,
    Stage,
    Flag,
    Take,
    Cause,
}

impl Kind {
    pub fn class(self) -> &'static str {
        match self {
            Kind::Shelf => "o-shelf",
            Kind::Layer => "o-layer",
            Kind::Fold => "o-fold",
            Kind::Image => "o-image",
            Kind::Container => "o-container",
            Kind::Ghosts => "o-ghosts",
            Kind::Writable => "o-writable",
            Kind::Group => "o-group",
            Kind::Chip => "o-chip",
            Kind::Band => "o-band",
            Kind::Network => "o-network",
            Kind::Leg => "o-leg",
            Kind::Volume => "o-volume",
            Kind::Mount => "o-mount",
            Kind::Port => "o-port",
            Kind::Socket => "o-socket",
            Kind::Browser => "o-browser",
            Kind::Note => "o-note",
            Kind::Step => "o-step",
            Kind::Stage => "o-stage",
            Kind::Flag => "o-flag",
            Kind::Take => "o-take",
            Kind::Cause => "o-cause",
        }
    }
}

/// Something on the Stage. Its shapes are relative to its own corner `(x, y)`.
#[derive(Clone, PartialEq, Debug)]
pub struct Object {
    /// The same for the same thing in every Scene: `layer:CHAIN`, `image:ID`, `container:ID`, ...
    pub key: String,
    pub kind: Kind,
    /// The accessible name; an object without one is decoration.
    pub label: String,
    /// Further classes, such as the state's.
    pub class: String,
    /// Degrees of hue, for what belongs to one layer.
    pub hue: Option<u16>,
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
    /// Its place in a movement of several: the base lands first.
    pub order: u16,
    /// 1, or 2 for a part of the level-1 object before it.
    pub level: u8,
    /// Objects of one column are reached with up and down, columns with left and right.
    pub column: u16,
    /// For what can be selected: whether it is.
    pub selected: Option<bool>,
    /// The keys of what it stands for, where that is drawn nowhere else: a group's containers, images without a place.
    pub holds: Vec<String>,
    /// Files on a writable plate that were copied up from a plate below.
    pub copied: usize,
    pub shapes: Vec<Shape>,
}

impl Object {
    pub fn new(kind: Kind, key: String, x: i32, y: i32, w: i32, h: i32) -> Object {
        Object {
            key,
            kind,
            label: String::new(),
            class: String::new(),
            hue: None,
            x,
            y,
            w,
            h,
            order: 0,
            level: 1,
            column: 0,
            selected: None,
            holds: Vec::new(),
            copied: 0,
            shapes: Vec::new(),
        }
    }

    pub fn is_decoration(&self) -> bool {
        self.label.is_empty()
    }
}

/// A piece of a drawing. Classes are those of the style sheet.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    Rect {
        class: &'static str,
        x: i32,
        y: i32,
        w: i32,
        h: i32,
        r: i32,
    },
    Circle {
        class: &'static str,
        x: i32,
        y: i32,
        r: i32,
    },
    Path {
        class: &'static str,
        d: String,
        arrow: bool,
    },
    Text {
        class: &'static str,
        x: i32,
        y: i32,
        turned: bool,
        runs: Vec<Run>,
    },
    Icon {
        class: &'static str,
        name: &'static str,
        x: i32,
        y: i32,
        size: i32,
    },
    /// Shapes relative to `(x, y)`.
    Group {
        class: String,
        hue: Option<u16>,
        x: i32,
        y: i32,
        shapes: Vec<Shape>,
    },
}

/// A run of text of one style; `gap` is the space before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    pub class: &'static str,
    pub gap: i32,
    pub text: String,
}
