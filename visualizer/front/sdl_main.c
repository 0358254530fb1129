/*
 * The window, by SDL2: one streaming texture, and its events as the panel's. The only file that
 * knows SDL.
 *
 * Characters come as text, whatever keyboard layout made them; keys that make none, and those with
 * Ctrl or Alt, come by name.
 */
#include <SDL.h>
#include <stdio.h>
#include <string.h>

#include "app/keys.h"
#include "core/canvas.h"
#include "core/scene.h"
#include "visualizer/window.h"

#define FRAME_MS 16u
#define FRESH_MS 250u /* figures while a machine runs: four times a second */

#define DRAGGING (SDL_BUTTON_LMASK | SDL_BUTTON_MMASK | SDL_BUTTON_RMASK)

struct window {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    uint32_t *pixel;
    int width, height; /* of the texture */
    const struct window_host *host;
    bool dirty, closed;
    bool chord; /* the last key came with Ctrl or Alt: the text that it also gives is none */
};

/* SDL's name of a key, where it is not the panel's. */
static const struct {
    SDL_Keycode code;
    const char *name;
} names[] = {{SDLK_RETURN, "Enter"},
             {SDLK_KP_ENTER, "Enter"},
             {SDLK_PAGEUP, "PageUp"},
             {SDLK_PAGEDOWN, "PageDown"}};

static unsigned modifiers_of(SDL_Keymod mod)
{
    return (mod & KMOD_SHIFT ? KEY_SHIFT : 0u) | (mod & KMOD_CTRL ? KEY_CTRL : 0u) |
           (mod & KMOD_LALT ? KEY_ALT : 0u); /* the right one is AltGr: it makes characters */
}

/* False: the key makes a character, which comes as text. */
static bool take_key(const SDL_KeyboardEvent *k, struct panel_event *e)
{
    SDL_Keycode code = k->keysym.sym;
    e->kind = PANEL_KEY;
    e->modifiers = modifiers_of((SDL_Keymod)k->keysym.mod);
    bool character = code >= ' ' && code < 127;
    if (character && !(e->modifiers & (KEY_CTRL | KEY_ALT)))
        return false;
    (void)snprintf(e->key, sizeof e->key, "%s", SDL_GetKeyName(code));
    if (character)
        (void)snprintf(e->key, sizeof e->key, "%c", (char)code);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code)
            (void)snprintf(e->key, sizeof e->key, "%s", names[i].name);
    return true;
}

/* Pixels of the window's contents may be more than the mouse's points. */
static void scale_mouse(const struct window *w, struct panel_event *e, int x, int y)
{
    int wide = 1, high = 1;
    SDL_GetWindowSize(w->window, &wide, &high);
    e->x = wide > 0 ? x * w->width / wide : x;
    e->y = high > 0 ? y * w->height / high : y;
}

static bool take_button(const struct window *w, const SDL_MouseButtonEvent *b,
                        struct panel_event *e)
{
    if (b->button != SDL_BUTTON_LEFT && b->button != SDL_BUTTON_MIDDLE &&
        b->button != SDL_BUTTON_RIGHT)
        return false;
    e->other = b->button != SDL_BUTTON_LEFT;
    e->kind = b->type == SDL_MOUSEBUTTONDOWN ? PANEL_CLICK : PANEL_DROP;
    scale_mouse(w, e, b->x, b->y);
    return true;
}

static bool take_wheel(const struct window *w, const SDL_MouseWheelEvent *m, struct panel_event *e)
{
    int x, y;
#if SDL_VERSION_ATLEAST(2, 26, 0)
    x = m->mouseX;
    y = m->mouseY;
#else
    (void)SDL_GetMouseState(&x, &y);
#endif
    e->kind = PANEL_WHEEL;
    e->by = m->y;
    scale_mouse(w, e, x, y);
    return m->y != 0;
}

/* An event of SDL as the panel's; false: none of it. */
static bool translate(struct window *w, const SDL_Event *s, struct panel_event *e)
{
    memset(e, 0, sizeof *e);
    switch (s->type) {
    case SDL_KEYDOWN:
        w->chord = modifiers_of((SDL_Keymod)s->key.keysym.mod) & (KEY_CTRL | KEY_ALT);
        return take_key(&s->key, e);
    case SDL_TEXTINPUT:
        if (w->chord)
            return false;
        e->kind = PANEL_TEXT;
        (void)snprintf(e->text, sizeof e->text, "%.7s", s->text.text);
        return true;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        return take_button(w, &s->button, e);
    case SDL_MOUSEMOTION:
        e->kind = s->motion.state & DRAGGING ? PANEL_DRAG : PANEL_MOVE;
        scale_mouse(w, e, s->motion.x, s->motion.y);
        return true;
    case SDL_MOUSEWHEEL:
        return take_wheel(w, &s->wheel, e);
    default:
        return false;
    }
}

/* Texture and pixels of the size that the window has now. */
static bool fit(struct window *w)
{
    int width, height;
    if (SDL_GetRendererOutputSize(w->renderer, &width, &height) != 0)
        return false;
    if (w->texture && width == w->width && height == w->height)
        return true;
    SDL_DestroyTexture(w->texture);
    SDL_free(w->pixel);
    w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_ARGB8888,
                                   SDL_TEXTUREACCESS_STREAMING, width, height);
    w->pixel = SDL_calloc((size_t)width * (size_t)height, sizeof *w->pixel);
    w->width = width;
    w->height = height;
    const struct panel_event e = {.kind = PANEL_RESIZE, .x = width, .y = height};
    w->host->event(w->host->opaque, &e);
    w->dirty = true;
    return w->texture && w->pixel;
}

static void show(struct window *w, bool fresh)
{
    const struct scene *scene = w->host->draw(w->host->opaque, fresh);
    if (scene->width != w->width || scene->height != w->height)
        return;
    struct canvas canvas = canvas_on(w->pixel, w->width, w->height);
    scene_draw(scene, &canvas);
    (void)SDL_UpdateTexture(w->texture, NULL, w->pixel, w->width * 4);
    (void)SDL_RenderCopy(w->renderer, w->texture, NULL, NULL);
    SDL_RenderPresent(w->renderer);
}

/* Does the mouse move on with the next event? Then this one need not be followed. */
static bool is_passed(const SDL_Event *s)
{
    SDL_Event next;
    return s->type == SDL_MOUSEMOTION &&
           SDL_PeepEvents(&next, 1, SDL_PEEKEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) == 1 &&
           next.type == SDL_MOUSEMOTION && next.motion.state == s->motion.state;
}

static void take_events(struct window *w, int wait_ms)
{
    SDL_Event s;
    struct panel_event e;
    int have = wait_ms > 0 ? SDL_WaitEventTimeout(&s, wait_ms) : SDL_PollEvent(&s);
    for (; have; have = SDL_PollEvent(&s)) {
        if (is_passed(&s))
            continue;
        if (s.type == SDL_QUIT)
            w->closed = true;
        if (s.type == SDL_USEREVENT) /* window_push */
            SDL_SetWindowSize(w->window, s.user.code >> 16, s.user.code & 0xffff);
        w->dirty |= s.type == SDL_WINDOWEVENT;
        if (translate(w, &s, &e)) {
            w->host->event(w->host->opaque, &e);
            w->dirty = true;
        }
    }
}

/* Events and a share of running, sixty times a second; a picture when there is something new. */
static void loop(struct window *w)
{
    uint32_t fresh_at = 0;
    bool running = false;
    while (!w->closed && !w->host->quits(w->host->opaque) && fit(w)) {
        uint32_t began = SDL_GetTicks();
        bool scripted = w->host->frame != NULL;
        take_events(w, running || scripted || w->dirty ? 0 : 100);
        if (w->closed || w->host->quits(w->host->opaque))
            break;
        bool was = running;
        running = w->host->run(w->host->opaque, FRAME_MS - 4);
        /* Between two looks at a running machine nothing that is seen changes. */
        if (w->dirty || was != running || began - fresh_at >= FRESH_MS) {
            show(w, true);
            fresh_at = began;
            w->dirty = false;
        }
        if (scripted)
            w->host->frame(w->host->opaque);
        uint32_t used = SDL_GetTicks() - began;
        if (!running && !scripted && used < FRAME_MS)
            SDL_Delay(FRAME_MS - used);
    }
}

static bool open_window(struct window *w, int width, int height, const char *title)
{
    (void)SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    (void)SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    /* Wayland's library complains by itself when asked in vain. The environment overrides this. */
    bool asked = SDL_getenv("SDL_VIDEODRIVER") != NULL, none = !SDL_getenv("WAYLAND_DISPLAY");
    none = none && !SDL_getenv("XDG_RUNTIME_DIR") && !asked;
    if (none)
        (void)SDL_SetHint(SDL_HINT_VIDEODRIVER, "x11,KMSDRM");
    if (SDL_Init(SDL_INIT_VIDEO) != 0) {
        if (none)
            (void)SDL_SetError("there is no display");
        return false;
    }
    /* Without a display SDL falls back to drivers that nobody can see. */
    const char *driver = SDL_GetCurrentVideoDriver();
    if (!asked && (strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0)) {
        (void)SDL_SetError("there is no display");
        return false;
    }
    w->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width,
                                 height, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!w->window)
        return false;
    w->renderer = SDL_CreateRenderer(w->window, -1, 0);
    if (!w->renderer)
        w->renderer = SDL_CreateRenderer(w->window, -1, SDL_RENDERER_SOFTWARE);
    SDL_StartTextInput();
    return w->renderer != NULL;
}

bool window_run(int *width, int *height, const char *title, const struct window_host *host,
                char *why, size_t size)
{
    struct window w = {.host = host, .dirty = true};
    bool ok = open_window(&w, *width, *height, title);
    if (ok) {
        loop(&w);
        SDL_GetWindowSize(w.window, width, height);
    } else
        (void)snprintf(why, size, "%s", SDL_GetError());
    SDL_DestroyTexture(w.texture);
    SDL_free(w.pixel);
    if (w.renderer)
        SDL_DestroyRenderer(w.renderer);
    if (w.window)
        SDL_DestroyWindow(w.window);
    SDL_Quit();
    return ok;
}

/* ---------------------------------------- pushed events */

static void push_key(const struct panel_event *e)
{
    SDL_Event s = {.type = SDL_KEYDOWN};
    s.key.keysym.sym = SDL_GetKeyFromName(e->key);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, e->key) == 0)
            s.key.keysym.sym = names[i].code;
    s.key.keysym.mod = (Uint16)((e->modifiers & KEY_SHIFT ? KMOD_LSHIFT : 0) |
                                (e->modifiers & KEY_CTRL ? KMOD_LCTRL : 0) |
                                (e->modifiers & KEY_ALT ? KMOD_LALT : 0));
    (void)SDL_PushEvent(&s);
}

static void push_text(const char *text)
{
    SDL_Event key = {.type = SDL_KEYDOWN}, s = {.type = SDL_TEXTINPUT};
    key.key.keysym.sym = ' '; /* some character's: a text comes behind a key */
    (void)SDL_PushEvent(&key);
    (void)snprintf(s.text.text, sizeof s.text.text, "%s", text);
    (void)SDL_PushEvent(&s);
}

static void push_button(const struct panel_event *e)
{
    SDL_Event s = {.type = e->kind == PANEL_CLICK ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP};
    s.button.button = e->other ? SDL_BUTTON_RIGHT : SDL_BUTTON_LEFT;
    s.button.x = e->x;
    s.button.y = e->y;
    (void)SDL_PushEvent(&s);
}

static void push_motion(const struct panel_event *e)
{
    SDL_Event s = {.type = SDL_MOUSEMOTION};
    s.motion.state = e->kind != PANEL_DRAG ? 0 : e->other ? SDL_BUTTON_RMASK : SDL_BUTTON_LMASK;
    s.motion.x = e->x;
    s.motion.y = e->y;
    (void)SDL_PushEvent(&s);
}

static void push_wheel(const struct panel_event *e)
{
    SDL_Event s = {.type = SDL_MOUSEWHEEL};
    s.wheel.y = e->by;
#if SDL_VERSION_ATLEAST(2, 26, 0)
    s.wheel.mouseX = e->x;
    s.wheel.mouseY = e->y;
#endif
    (void)SDL_PushEvent(&s);
}

/* The window itself is asked: it may be given another size. */
static void push_size(const struct panel_event *e)
{
    SDL_Event s = {.type = SDL_USEREVENT};
    s.user.code = (Sint32)((uint32_t)e->x << 16 | (uint32_t)e->y);
    (void)SDL_PushEvent(&s);
}

void window_push(const struct panel_event *e)
{
    bool character = !e->key[1] && !(e->modifiers & (KEY_CTRL | KEY_ALT));
    if (e->kind == PANEL_KEY && character)
        push_text(e->key);
    else if (e->kind == PANEL_KEY)
        push_key(e);
    else if (e->kind == PANEL_TEXT)
        push_text(e->text);
    else if (e->kind == PANEL_CLICK || e->kind == PANEL_DROP)
        push_button(e);
    else if (e->kind == PANEL_DRAG || e->kind == PANEL_MOVE)
        push_motion(e);
    else if (e->kind == PANEL_WHEEL)
        push_wheel(e);
    else if (e->kind == PANEL_RESIZE)
        push_size(e);
}
